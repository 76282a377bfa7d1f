package system

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"mpe/altinn/problem"
	"mpe/altinn/resource"
	"mpe/oauth/org"
)

// Register is Altinn's system register (systemregisteret).
type Register struct {
	Store Store

	// LoopbackRedirects takes redirect URLs with http on a loopback host, which Altinn refuses.
	LoopbackRedirects bool

	// Bugs answers as Altinn does where that is plainly a mistake of Altinn's.
	Bugs bool

	Now   func() time.Time
	NewID func() string // a UUID
}

// Store is where the systems are.
type Store interface {
	Reader

	// ChangeSystems runs change on one state of the store, and stores what it puts, all or nothing. It can run more than
	// once.
	ChangeSystems(ctx context.Context, change func(Writer) error) error
}

// Reader is what can be read of the systems, and of the resources that they have rights to.
type Reader interface {
	// Resource gives resource.ErrNotFound when there is none with the id.
	Resource(ctx context.Context, id string) (*resource.Resource, error)

	// System gives ErrNotFound for an id that no system ever had. Deleted ones are found.
	System(ctx context.Context, id string) (*System, error)

	// Systems and SystemsOfVendor include deleted ones, and SystemChanges starts with the latest. Empty is no error.
	Systems(ctx context.Context) ([]*System, error)
	SystemsOfVendor(ctx context.Context, vendor org.Number) ([]*System, error)
	SystemChanges(ctx context.Context, id string) ([]Change, error)

	// SystemsWithClient are the ids of the systems that have the client among their ActiveClients.
	SystemsWithClient(ctx context.Context, clientID string) ([]string, error)
}

// Writer stores a system, in place of the one with the same id, and adds to its change log.
type Writer interface {
	Reader
	PutSystem(ctx context.Context, s *System, c Change) error
}

// ErrNotFound is that no system has the id.
var ErrNotFound = errors.New("no such system")

// Caller is who calls the register: by whom the token was issued to, not by what it is asked for.
type Caller struct {
	Org      org.Number // empty: the token names no organisation
	ClientID string
	Admin    bool // may act for every vendor
}

func (c Caller) mayWrite(vendor org.Number) bool { return c.Admin || c.Org == vendor && c.Org != "" }

// forbidden is what a stranger is told: nothing.
func forbidden(c Caller, vendor org.Number) error {
	if c.Org == "" {
		return problem.Refuse(problem.Forbidden, "The token has no consumer claim, so its vendor is unknown.")
	}
	return problem.Refuse(problem.Forbidden, fmt.Sprintf(
		"The token is %s's, the system belongs to the vendor %s; only that vendor may use it.", c.Org, vendor))
}

// vendorPrefix says that an organisation number follows (ISO 6523).
const vendorPrefix = "0192:"

// Create registers the system of the vendor, whose id is an ISO 6523 identifier. It fills in what the register decides.
// What is wrong is collected; a caller who may not act for the vendor is not told.
func (r *Register) Create(ctx context.Context, caller Caller, vendorID string, s *System) error {
	number, ok := strings.CutPrefix(vendorID, vendorPrefix)
	if !ok {
		c := check{}
		c.add("AUTH.VLD-00000", pathVendor, fmt.Sprintf("vendor.ID is %q, and has to be 0192: and the organisation number.", vendorID))
		return c.Err()
	}
	s.Vendor = org.Number(number)
	s.InternalID, s.Created = r.NewID(), r.Now()
	return r.Store.ChangeSystems(ctx, func(w Writer) error {
		c := check{}
		if err := r.checkNew(ctx, w, &c, s); err != nil {
			return err
		}
		if !caller.mayWrite(s.Vendor) {
			return forbidden(caller, s.Vendor)
		}
		if err := c.Err(); err != nil {
			return err
		}
		if err := r.speaks(s); err != nil {
			return err
		}
		if twice := duplicate(s.ClientIDs); twice != "" {
			return &problem.Plain{Kind: problem.Conflict, Text: "The System already exist: " + s.ID,
				Why: "The client " + twice + " is listed twice. Altinn answers as if the system existed."}
		}
		return w.PutSystem(ctx, s, r.change(caller, Change{Type: Created, System: s}))
	})
}

// checkNew collects what is wrong with a system that is to be registered.
func (r *Register) checkNew(ctx context.Context, w Reader, c *check, s *System) error {
	c.id(s)
	switch _, err := w.System(ctx, s.ID); {
	case err == nil:
		c.add("AUTH.VLD-00002", pathID, fmt.Sprintf(
			"The id %q has been given to a system; ids are not given again, even after that system is deleted.", s.ID))
	case !errors.Is(err, ErrNotFound):
		return err
	}
	c.redirects(s, r.LoopbackRedirects)
	clients, err := taken(ctx, w, s, "")
	if err != nil {
		return err
	}
	if len(clients) > 0 {
		c.takenClient(clients[0])
	}
	if err := c.rights(ctx, w, s.Rights); err != nil {
		return err
	}
	c.packages(s.AccessPackages, s.Visible)
	return nil
}

func duplicate(ids []string) string {
	for i, id := range ids {
		if slices.Contains(ids[:i], id) {
			return id
		}
	}
	return ""
}

func (r *Register) change(caller Caller, c Change) Change {
	c.By, c.ClientID, c.At = caller.Org, caller.ClientID, r.Now()
	return c
}

// Update replaces the whole system with that id, all that the vendor decides.
func (r *Register) Update(ctx context.Context, caller Caller, id, vendorID string, s *System) error {
	notFound := fmt.Sprintf("System with ID '%s' not found.", id)
	return r.edit(ctx, caller, id, notFound, func(w Writer, stored *System) (Change, error) {
		if vendorID != vendorPrefix+string(stored.Vendor) {
			return Change{}, &problem.Plain{Kind: problem.NotFound, Text: notFound,
				Why: fmt.Sprintf("vendor.ID is %q, the system's is 0192:%s; a system cannot change hands.", vendorID, stored.Vendor)}
		}
		c := check{}
		if s.ID != id {
			c.add("AUTH.VLD-00012", pathID, fmt.Sprintf("The body is about %q, the address about %q.", s.ID, id))
			return Change{}, c.Err()
		}
		if err := deleted(stored); err != nil {
			return Change{}, err
		}
		if err := r.checkUpdate(ctx, w, &c, s); err != nil {
			return Change{}, err
		}
		s.Vendor, s.InternalID, s.Created = stored.Vendor, stored.InternalID, stored.Created
		*stored = *s
		return Change{Type: Updated, System: s}, nil
	})
}

func (r *Register) checkUpdate(ctx context.Context, w Writer, c *check, s *System) error {
	if err := c.rights(ctx, w, s.Rights); err != nil {
		return err
	}
	c.packages(s.AccessPackages, s.Visible)
	folded := make([]string, len(s.ClientIDs))
	for i, client := range s.ClientIDs {
		folded[i] = strings.ToLower(client)
	}
	if twice := duplicate(folded); twice != "" {
		c.add("AUTH.VLD-00011", pathClient, "The client "+twice+" is listed twice.")
	}
	clients, err := taken(ctx, w, s, s.ID)
	if err != nil {
		return err
	}
	for _, client := range clients {
		c.takenClient(client)
	}
	if err := c.Err(); err != nil {
		return err
	}
	for i, raw := range s.AllowedRedirectURLs {
		u, ok := normal(raw)
		if !ok || u.Scheme != "https" && u.Scheme != "http" {
			text := fmt.Sprintf("The redirect URL %q is not an absolute http or https URL.", raw)
			return &problem.Plain{Kind: problem.BadRequest, Text: text, Why: text}
		}
		s.AllowedRedirectURLs[i] = u.String() // Altinn lets http in here, and only here
	}
	return r.speaks(s)
}

// UpdateRights replaces the rights of the system. System users keep what they have.
func (r *Register) UpdateRights(ctx context.Context, caller Caller, id string, rights []resource.Right) error {
	return r.editPart(ctx, caller, id, func(c *check, w Writer, s *System) (Change, error) {
		s.Rights = rights
		return Change{Type: RightsUpdated, Rights: rights}, c.rights(ctx, w, rights)
	})
}

// UpdateAccessPackages replaces the access packages of the system. System users keep what they have.
func (r *Register) UpdateAccessPackages(ctx context.Context, caller Caller, id string, urns []string) error {
	return r.editPart(ctx, caller, id, func(c *check, _ Writer, s *System) (Change, error) {
		c.packages(urns, s.Visible)
		s.AccessPackages = urns
		return Change{Type: AccessPackagesUpdated, AccessPackages: urns}, nil
	})
}

func (r *Register) editPart(
	ctx context.Context, caller Caller, id string, edit func(*check, Writer, *System) (Change, error),
) error {
	notFound := fmt.Sprintf("System with ID '%s' not found.", id)
	return r.edit(ctx, caller, id, notFound, func(w Writer, s *System) (Change, error) {
		if err := deleted(s); err != nil {
			return Change{}, err
		}
		c := check{}
		change, err := edit(&c, w, s)
		if err != nil {
			return Change{}, err
		}
		return change, c.Err()
	})
}

func deleted(s *System) error {
	if s.Deleted.IsZero() {
		return nil
	}
	return &problem.Plain{Kind: problem.BadRequest, Text: "Cannot update a system marked as deleted.",
		Why: "The system was deleted. Its id cannot be used again: register another."}
}

// Delete marks the system as deleted and releases its clients. Its system users and requests stay.
func (r *Register) Delete(ctx context.Context, caller Caller, id string) error {
	unnoticed := false // by Altinn, which counts the clients that it has released
	err := r.edit(ctx, caller, id, "", func(_ Writer, s *System) (Change, error) {
		unnoticed = len(s.ActiveClients()) == 0
		s.Deleted = r.Now()
		return Change{Type: Deleted}, nil
	})
	if plain, ok := errors.AsType[*problem.Plain](err); ok && plain.Kind == problem.NotFound {
		return problem.Unreadable("return", "System not found")
	}
	if err == nil && unnoticed && r.Bugs {
		return problem.Refuse(problem.BadRequest, "The system had no clients to release. It is deleted all the same.")
	}
	return err
}

// edit changes a system of the caller's, and its change log.
func (r *Register) edit(
	ctx context.Context, caller Caller, id, notFound string, edit func(Writer, *System) (Change, error),
) error {
	return r.Store.ChangeSystems(ctx, func(w Writer) error {
		s, err := find(ctx, w, caller, id, notFound)
		if err != nil {
			return err
		}
		change, err := edit(w, s)
		if err != nil {
			return err
		}
		return w.PutSystem(ctx, s, r.change(caller, change))
	})
}

// System is one of the caller's systems, deleted or not.
func (r *Register) System(ctx context.Context, caller Caller, id string) (*System, error) {
	return find(ctx, r.Store, caller, id, "")
}

// find is the system, for a caller who may write it.
func find(ctx context.Context, stored Reader, caller Caller, id, notFound string) (*System, error) {
	s, err := stored.System(ctx, id)
	switch {
	case errors.Is(err, ErrNotFound):
		return nil, &problem.Plain{Kind: problem.NotFound, Text: notFound, Why: fmt.Sprintf("No system has the id %q.", id)}
	case err != nil:
		return nil, err
	case !caller.mayWrite(s.Vendor):
		return nil, forbidden(caller, s.Vendor)
	default:
		return s, nil
	}
}

// Changes is the change log of one of the caller's systems, the latest first.
func (r *Register) Changes(ctx context.Context, caller Caller, id string) (*System, []Change, error) {
	s, err := find(ctx, r.Store, caller, id, fmt.Sprintf("System with ID %s not found.", id))
	if err != nil {
		return nil, nil, err
	}
	changes, err := r.Store.SystemChanges(ctx, id)
	return s, changes, err
}

// OfVendor are the caller's systems that are not deleted, the first registered first.
func (r *Register) OfVendor(ctx context.Context, caller Caller) ([]*System, error) {
	if caller.Org == "" {
		return nil, forbidden(caller, "")
	}
	all, err := r.Store.SystemsOfVendor(ctx, caller.Org)
	return live(all), err
}

// Visible are the systems that customers can choose from.
func (r *Register) Visible(ctx context.Context) ([]*System, error) {
	all, err := r.Store.Systems(ctx)
	return slices.DeleteFunc(live(all), func(s *System) bool { return !s.Visible }), err
}

// Shown is any system, as a customer sees it. The error is a Plain NotFound where there is none.
func (r *Register) Shown(ctx context.Context, id string) (*System, error) {
	return find(ctx, r.Store, Caller{Admin: true}, id, "")
}

func live(all []*System) []*System {
	all = slices.DeleteFunc(all, func(s *System) bool { return !s.Deleted.IsZero() })
	slices.SortStableFunc(all, func(a, b *System) int { return a.Created.Compare(b.Created) })
	return all
}
