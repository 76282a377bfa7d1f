package altinnhttp

import (
	"net/http"
	"time"

	"mpe/altinn/authorization"
	"mpe/altinn/party"
	"mpe/oauth/org"
)

const (
	scopeSuppliersRead  = "altinn:accessmanagement/enduser:maskinportensuppliers.read"
	scopeSuppliersWrite = "altinn:accessmanagement/enduser:maskinportensuppliers.write"
	scopeConsumersRead  = "altinn:accessmanagement/enduser:maskinportenconsumers.read"
	scopeConsumersWrite = "altinn:accessmanagement/enduser:maskinportenconsumers.write"
)

func (e *Endpoints) supplierRoutes() router {
	const suppliers, consumers = accessPrefix + "enduser/maskinportensuppliers", accessPrefix + "enduser/maskinportenconsumers"
	read, write := scoped(scopePortal, scopeSuppliersRead, scopeSuppliersWrite), scoped(scopePortal, scopeSuppliersWrite)
	asRead, asWrite := scoped(scopePortal, scopeConsumersRead, scopeConsumersWrite), scoped(scopePortal, scopeConsumersWrite)
	return router{
		{http.MethodPost, suppliers, write, e.addSupplier},
		{http.MethodGet, suppliers, read, e.connections(asConsumer)},
		{http.MethodDelete, suppliers, write, e.disconnect(asConsumer)},
		{http.MethodGet, suppliers + "/resources/delegationcheck", read, e.checkScopeDelegation},
		{http.MethodPost, suppliers + "/resources", write, e.delegateScopes},
		{http.MethodGet, suppliers + "/resources", read, e.delegatedResources(asConsumer)},
		{http.MethodDelete, suppliers + "/resources", write, e.withdrawScopes(asConsumer)},
		{http.MethodGet, consumers, asRead, e.connections(asSupplier)},
		{http.MethodDelete, consumers, asWrite, e.disconnect(asSupplier)},
		{http.MethodGet, consumers + "/resources", asRead, e.delegatedResources(asSupplier)},
		{http.MethodDelete, consumers + "/resources", asWrite, e.withdrawScopes(asSupplier)},
	}
}

// side is the end of a delegation that the caller acts for.
type side struct {
	other string // the query's name of the other end
	ends  func(of, other org.Number) authorization.Ends
	far   func(authorization.Ends) org.Number
}

var (
	asConsumer = side{
		"supplier", func(of, other org.Number) authorization.Ends {
			return authorization.Ends{Consumer: of, Supplier: other}
		},
		func(e authorization.Ends) org.Number { return e.Supplier },
	}
	asSupplier = side{
		"consumer", func(of, other org.Number) authorization.Ends {
			return authorization.Ends{Consumer: other, Supplier: of}
		},
		func(e authorization.Ends) org.Number { return e.Consumer },
	}
)

// ends are those of the query, and the person who acts. The names are values that the query must have.
func (c *call) ends(s side, required ...string) (authorization.Ends, *party.Person, error) {
	if _, err := c.required(append([]string{"party"}, required...)...); err != nil {
		return authorization.Ends{}, nil, err
	}
	id, err := c.queryID("party")
	if err != nil {
		return authorization.Ends{}, nil, err
	}
	person, err := c.person()
	if err != nil {
		return authorization.Ends{}, nil, err
	}
	owner, err := c.e.Suppliers.Owner(id, person)
	if err != nil {
		return authorization.Ends{}, nil, err
	}
	return s.ends(owner.Number, org.Number(c.query(s.other))), person, nil
}

// roleSupplier is the role that an assignment gives a supplier.
const roleSupplier = "961f6ebb-ecf7-4fc6-ab5a-ca0841db4931"

// assignment is AssignmentDto.
type assignment struct {
	ID     string `json:"id"`
	RoleID string `json:"roleId"`
	FromID string `json:"fromId"`
	ToID   string `json:"toId"`
}

func (e *Endpoints) addSupplier(c *call) (answer, error) {
	ends, _, err := c.ends(asConsumer, "supplier")
	if err != nil {
		return answer{}, err
	}
	made, err := e.Suppliers.Add(c.Context(), ends)
	if err != nil {
		return answer{}, err
	}
	return answer{body: assignment{ID: made.ID, RoleID: roleSupplier, FromID: e.uuidOf(made.Consumer), ToID: e.uuidOf(made.Supplier)}}, nil
}

func (e *Endpoints) uuidOf(n org.Number) string {
	p, known := e.Parties.Organisation(n)
	if !known {
		return ""
	}
	return p.UUID
}

// connection is a party at the other end.
type connection struct {
	Party connected       `json:"party"`
	Roles []connectedRole `json:"roles"`
}

type connected struct {
	ID     string     `json:"id"`
	Name   string     `json:"name"`
	Type   string     `json:"type"`
	Number org.Number `json:"organizationIdentifier"`
}

type connectedRole struct {
	ID   string `json:"id"`
	Code string `json:"code"`
}

func (e *Endpoints) connections(s side) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		ends, _, err := c.ends(s)
		if err != nil {
			return answer{}, err
		}
		all, err := e.Suppliers.List(c.Context(), ends)
		return answer{body: page{Data: mapped(all, func(one *authorization.Supplier) connection {
			far := s.far(authorization.Ends{Consumer: one.Consumer, Supplier: one.Supplier})
			return connection{e.connected(far), []connectedRole{{roleSupplier, "supplier"}}}
		})}}, err
	}
}

func (e *Endpoints) connected(n org.Number) connected {
	p, known := e.Parties.Organisation(n)
	if !known {
		return connected{Number: n}
	}
	return connected{ID: p.UUID, Name: p.Name, Type: organisations.Name, Number: n}
}

func (e *Endpoints) disconnect(s side) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		ends, _, err := c.ends(s, s.other)
		if err != nil {
			return answer{}, err
		}
		cascade, err := c.flag("cascade", false)
		if err != nil {
			return answer{}, err
		}
		return answer{status: http.StatusNoContent}, e.Suppliers.Remove(c.Context(), ends, cascade)
	}
}

// checkedDelegation is whether a resource can be delegated.
type checkedDelegation struct {
	Resource string `json:"resource"`
	Result   bool   `json:"result"`
}

func (e *Endpoints) checkScopeDelegation(c *call) (answer, error) {
	ends, person, err := c.ends(asConsumer, "resource")
	if err != nil {
		return answer{}, err
	}
	id := c.query("resource")
	may, err := e.Suppliers.Check(c.Context(), person, ends.Consumer, id)
	return answer{body: checkedDelegation{id, may}}, err
}

func (e *Endpoints) delegateScopes(c *call) (answer, error) {
	ends, person, err := c.ends(asConsumer, "supplier", "resource")
	if err != nil {
		return answer{}, err
	}
	return answer{body: true}, e.Suppliers.Delegate(c.Context(), person, ends, c.query("resource"))
}

// delegatedResource is a resource that has been delegated.
type delegatedResource struct {
	Resource string     `json:"resource"`
	Consumer org.Number `json:"consumer"`
	Supplier org.Number `json:"supplier"`
	Created  time.Time  `json:"created"`
}

func (e *Endpoints) delegatedResources(s side) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		ends, _, err := c.ends(s)
		if err != nil {
			return answer{}, err
		}
		all, err := e.Suppliers.Delegated(c.Context(), ends, c.query("resource"))
		return answer{body: page{Data: mapped(all, func(d *authorization.ScopeDelegation) delegatedResource {
			return delegatedResource{d.Resource, d.Consumer, d.Supplier, d.Created.UTC()}
		})}}, err
	}
}

func (e *Endpoints) withdrawScopes(s side) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		ends, _, err := c.ends(s, s.other, "resource")
		if err != nil {
			return answer{}, err
		}
		return answer{status: http.StatusNoContent}, e.Suppliers.Withdraw(c.Context(), ends, c.query("resource"))
	}
}
