package seed

import (
	"fmt"
	"slices"
	"time"

	"mpe/altinn/system"
	"mpe/oauth"
)

// Advice is something that a seed may well say, but that comes to nothing when it is used.
type Advice struct {
	What string `json:"what"`
	Fix  string `json:"fix"`
}

// soon is how long before it expires a key is worth a word.
const soon = 30 * 24 * time.Hour

// Advise looks for what will be refused, in the order of the seed.
func (w *World) Advise(now time.Time) []Advice {
	var all []Advice
	for _, c := range w.Clients {
		all = append(all, w.adviseClient(c, now)...)
	}
	for _, s := range w.Systems {
		if len(s.ClientIDs) == 0 {
			all = append(all, Advice{
				"system " + s.ID + " has no client: no grant reaches its system users (MP-303)", "clientIds of the system, with one of the vendor's clients",
			})
		}
	}
	return append(all, w.adviseRequests()...)
}

func (w *World) adviseClient(c Client, now time.Time) []Advice {
	var all []Advice
	add := func(what, fix string) {
		all = append(all, Advice{fmt.Sprintf("client %s (%s) %s", c.ID, c.Name, what), fix})
	}
	if !c.Active {
		add("is not active: every grant of it is refused", "active: true")
		return all
	}
	for _, name := range c.Scopes {
		w.adviseScope(c, name, add)
	}
	for _, k := range c.Keys {
		switch {
		case k.Expires.IsZero():
		case !now.Before(k.Expires):
			add("has the key "+k.KID+", which has expired: it signs nothing (MP-121)", "another key, and a later expires")
		case k.Expires.Sub(now) < soon:
			add(fmt.Sprintf("has the key %s, which expires on %s", k.KID, k.Expires.Format(time.DateOnly)), "another key beside it")
		}
	}
	tied := slices.ContainsFunc(w.Systems, func(s System) bool { return slices.Contains(s.ClientIDs, c.ID) })
	if ofVendor := slices.ContainsFunc(w.Systems, func(s System) bool { return s.Vendor == c.Org }); ofVendor && !tied {
		add("is tied to no system: grants for system users are refused (MP-303)", "the client's id in clientIds of a system of "+string(c.Org))
	}
	return all
}

// adviseScope says of a scope that a client has whether it may be used.
func (w *World) adviseScope(c Client, name string, add func(what, fix string)) {
	i := slices.IndexFunc(w.Scopes, func(s Scope) bool { return s.Name == name })
	if i < 0 {
		add("has the scope "+name+", which its organisation has no access to (MP-250)",
			fmt.Sprintf("scopes: [{ name: %q, access: [%q] }]", name, c.Org))
		return
	}
	s := w.Scopes[i]
	if types := s.IntegrationTypes; len(types) > 0 && !slices.Contains(types, oauth.DefaultIntegrationType) {
		add("has the scope "+name+", which clients of Maskinporten may not use (MP-201)", oauth.DefaultIntegrationType+" in integrationTypes of the scope")
	}
	if !s.Access.All && !slices.Contains(s.Access.Organisations, c.Org) {
		add("has the scope "+name+", which "+string(c.Org)+" has no access to (MP-250)", string(c.Org)+" in access of the scope")
	}
}

func (w *World) adviseRequests() []Advice {
	var all []Advice
	for _, r := range w.Requests {
		i := slices.IndexFunc(w.Systems, func(s System) bool { return s.ID == r.System })
		if i < 0 || r.RedirectURL == "" {
			continue
		}
		if s := (&system.System{AllowedRedirectURLs: w.Systems[i].AllowedRedirectURLs}); !s.Allows(r.RedirectURL) {
			all = append(all, Advice{
				fmt.Sprintf("request %s has the redirectUrl %s, which %s does not allow: Altinn would not have taken it", r.ID, r.RedirectURL, r.System),
				"the URL in allowedRedirectUrls of the system",
			})
		}
	}
	return all
}
