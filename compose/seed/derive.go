package seed

import (
	"cmp"
	"crypto/sha256"
	"slices"
	"strconv"
	"strings"

	"github.com/google/uuid"

	"mpe/oauth/org"
)

// Unnamed is the organisation behind a number that no seed names. The same number always gives the same name and ids.
func Unnamed(n org.Number) Organisation {
	sum := sha256.Sum256([]byte(n))
	name := adjectives[int(sum[0])%len(adjectives)] + " " + nouns[int(sum[1])%len(nouns)] + " AS"
	o := Organisation{Number: n, Name: name, Type: "AS"}
	o.derive()
	return o
}

// Names in the manner of the synthetic organisations in Norway's shared test data (Tenor).
var (
	adjectives = [...]string{
		"BLID", "DJERV", "EKTE", "FLITTIG", "GLAD", "HENDIG", "KLAR", "KVIKK", "LETT", "LUN", "MILD", "MODIG", "NØYSOM",
		"RASK", "ROLIG", "SINDIG", "SNAR", "STILLE", "TROFAST", "TØRR", "VAKKER", "VARSOM", "VENNLIG", "ÆRLIG",
	}
	nouns = [...]string{
		"APE", "BEVER", "BJØRN", "ELG", "FALK", "GAUPE", "GREVLING", "HARE", "HAVØRN", "HERMELIN", "JERV", "KATT",
		"LEMEN", "MÅKE", "ORREFUGL", "OTER", "REV", "RUGDE", "RYPE", "SEL", "SPURV", "TIUR", "UGLE", "ØRRET",
	}
)

func (o *Organisation) derive() {
	if o.PartyID == 0 {
		o.PartyID = leading(string(o.Number), 8)
	}
	o.PartyUUID = cmp.Or(strings.ToLower(o.PartyUUID), derivedID("organisation", string(o.Number)))
}

func (p *Person) derive() {
	if p.UserID == 0 {
		p.UserID = leading(p.PID, 9)
	}
	p.PartyUUID = cmp.Or(strings.ToLower(p.PartyUUID), derivedID("person", p.PID))
}

func (u *SystemUser) derive() {
	u.ID = cmp.Or(strings.ToLower(u.ID), derivedID("systemuser", u.System, string(u.Owner), u.reference()))
}

// reference is what a grant has to carry, or stands for when it carries none.
func (u *SystemUser) reference() string { return cmp.Or(u.ExternalRef, string(u.Owner)) }

// reference is that of the system user that the request is for.
func (r *Request) reference() string { return cmp.Or(r.ExternalRef, string(r.Party)) }

func (r *Request) derive() {
	r.ID = cmp.Or(strings.ToLower(r.ID), derivedID("request", r.Kind, r.System, string(r.Party), r.reference()))
}

// SystemID is the internal id, a UUID, of the system with that id.
func SystemID(id string) string { return derivedID("system", id) }

// leading is the number that the first digits make: without the check digits behind them they are unique already.
func leading(digits string, n int) int {
	if len(digits) < n {
		return 0 // a problem has been reported
	}
	id, err := strconv.Atoi(digits[:n])
	if err != nil {
		return 0
	}
	return id
}

// namespace is that of the ids that are derived. It must never change: ids are stable between runs and machines.
var namespace = uuid.NewSHA1(uuid.NameSpaceURL, []byte("urn:mpe:seed"))

// derivedID is a UUID of version 5 made from the kind of thing and its natural key; empty when a part of that is.
func derivedID(kind string, natural ...string) string {
	if slices.Contains(natural, "") {
		return "" // a problem has been reported
	}
	return uuid.NewSHA1(namespace, []byte(kind+"\x00"+strings.Join(natural, "\x00"))).String()
}
