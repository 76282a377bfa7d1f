package pdp

// ParsePolicy reads a policy in XML. The error is a *SyntaxError when that is no policy that can be evaluated.
func ParsePolicy(data []byte) (*Policy, error) { panic("next") }
