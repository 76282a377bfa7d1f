package fault

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// Caller is who asks, as the request says. Nothing of it has been verified: it selects a rule, and no more.
type Caller struct {
	Client        string
	Scopes        []string
	SystemUserOrg string // nine digits
	ConsumerOrg   string // nine digits: whom the client acts for
}

// maxBody is the most that is read ahead of a request, in bytes: as much as any endpoint takes.
const maxBody = 1 << 20

// readAhead reads the body, so that it can be read again. net/http notices that a client has gone away only once the
// body has been read.
func readAhead(r *http.Request) []byte {
	if r.Body == nil || r.Body == http.NoBody {
		return nil
	}
	var ahead bytes.Buffer
	_, err := io.Copy(&ahead, io.LimitReader(r.Body, maxBody+1))
	rest := io.Reader(r.Body)
	if err != nil {
		rest = failing{err}
	}
	r.Body = struct {
		io.Reader
		io.Closer
	}{io.MultiReader(bytes.NewReader(ahead.Bytes()), rest), r.Body}
	return ahead.Bytes()
}

// failing is the rest of a body that could not be read.
type failing struct{ err error }

func (f failing) Read([]byte) (int, error) { return 0, f.err }

// caller reads who asks: of the grant at the token endpoint, of the bearer token elsewhere.
func caller(r *http.Request, at string) Caller {
	if at == "token" {
		form, _ := url.ParseQuery(string(readAhead(r))) // what cannot be read says nothing
		return callerOf(form.Get("assertion"))
	}
	_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	return callerOf(token)
}

// claims are those of grants, of Maskinporten's tokens and of Altinn's.
type claims struct {
	Issuer      string          `json:"iss"`
	Client      string          `json:"client_id"`
	Scope       string          `json:"scope"`
	ConsumerOrg string          `json:"consumer_org"`
	Details     json.RawMessage `json:"authorization_details"` // Altinn writes one without its list
}

type detail struct {
	Org struct{ ID string } `json:"systemuser_org"`
}

func callerOf(jwt string) Caller {
	var said claims
	if json.Unmarshal(Payload(jwt), &said) != nil {
		return Caller{}
	}
	c := Caller{Client: said.Client, Scopes: strings.Fields(said.Scope), ConsumerOrg: said.ConsumerOrg}
	if c.Client == "" {
		c.Client = said.Issuer
	}
	var all []detail
	if json.Unmarshal(said.Details, &all) != nil {
		all = make([]detail, 1)
		_ = json.Unmarshal(said.Details, &all[0]) // what is neither names none
	}
	for _, d := range all {
		c.SystemUserOrg = d.Org.ID[strings.LastIndex(d.Org.ID, ":")+1:]
	}
	return c
}
