package pdp

// The functions that Altinn's policies match with.
const (
	StringEqual     = "urn:oasis:names:tc:xacml:1.0:function:string-equal"
	EqualIgnoreCase = "urn:oasis:names:tc:xacml:3.0:function:string-equal-ignore-case"
)
