package altinnhttp

// Spoiled is how an answer is spoiled on purpose, so that what a client makes of it can be tested. The zero value: not
// at all.
type Spoiled struct {
	By string // names what spoils it

	Refusal error // one of package problem's, instead of an answer; nil: none

	// Token makes of an exchanged token what is given in its place. Nil: nothing.
	Token func(compact string) (string, error)
}

// spoilable is the handler, whose answer is a token that may be spoiled.
func spoilable(handle func(*call) (answer, error)) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		a, err := handle(c)
		if err != nil || c.spoiled.Token == nil {
			return a, err
		}
		a.text, err = c.spoiled.Token(a.text)
		return a, err
	}
}
