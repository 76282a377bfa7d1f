package pdp

// The data types that Altinn's policies use.
const (
	xsd     = "http://www.w3.org/2001/XMLSchema#"
	String  = xsd + "string"
	AnyURI  = xsd + "anyURI"
	Integer = xsd + "integer"
)
