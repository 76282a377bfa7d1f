package altinnhttp

import (
	"net/http"
	"time"

	"mpe/altinn/authorization"
	"mpe/oauth/org"
)

// accessPrefix is where Altinn's access management is.
const accessPrefix = "accessmanagement/api/v1/"

const (
	scopeDelegations      = "altinn:maskinporten/delegations"
	scopeDelegationsAdmin = "altinn:maskinporten/delegations.admin"
)

func (e *Endpoints) delegationRoutes() router {
	policy := scoped(scopeDelegations, scopeDelegationsAdmin)
	return router{
		{http.MethodGet, accessPrefix + "maskinporten/delegations", policy, e.scopeDelegations("consumerOrg", "supplierOrg")},
		// As an older description of the same look-up has it.
		{http.MethodGet, "delegations", policy, e.scopeDelegations("consumer_org", "supplier_org")},
	}
}

// delegatedScopes is a delegation as the look-up writes it.
type delegatedScopes struct {
	Consumer org.Number `json:"consumer_org"`
	Supplier org.Number `json:"supplier_org"`
	SchemeID *string    `json:"delegation_scheme_Id"`
	Scopes   []string   `json:"scopes"`
	Created  time.Time  `json:"created"`
	Resource string     `json:"resourceid"`
}

// scopeDelegations looks delegations up. The names are those of the query.
func (e *Endpoints) scopeDelegations(consumer, supplier string) func(*call) (answer, error) {
	return func(c *call) (answer, error) {
		q := authorization.ScopeQuery{
			Scope: c.query("scope"), Consumer: org.Number(c.query(consumer)), Supplier: org.Number(c.query(supplier)),
		}
		found, err := e.ScopeDelegations.LookUp(c.Context(), q, c.claims.has(scopeDelegationsAdmin), c.claims.Prefixes)
		if err != nil {
			return answer{}, err
		}
		return answer{body: mapped(found, newDelegatedScopes)}, nil
	}
}

func newDelegatedScopes(d authorization.DelegatedScopes) delegatedScopes {
	written := delegatedScopes{
		Consumer: d.Consumer, Supplier: d.Supplier, Scopes: d.Scopes, Created: d.Created.UTC(), Resource: d.Resource,
	}
	if d.SchemeID != "" {
		written.SchemeID = &d.SchemeID
	}
	return written
}
