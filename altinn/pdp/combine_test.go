package pdp

import "testing"

// TestCombine is the truth table of each combining algorithm (XACML 3.0, appendix C): what two rules come to together,
// in either order unless the table says otherwise, and none, and one.
func TestCombine(t *testing.T) {
	const (
		n, p, d, ip, id, idp = notApplicable, permits, denies, indeterminateP, indeterminateD, indeterminateDP
	)
	outcomes := [...]outcome{p, d, n, ip, id, idp}
	for name, table := range map[string][6][6]outcome{
		//                      with: p    d    n    ip   id   idp
		"deny-overrides": {
			p:   {p: p, d: d, n: p, ip: p, id: idp, idp: idp},
			d:   {p: d, d: d, n: d, ip: d, id: d, idp: d},
			n:   {p: p, d: d, n: n, ip: ip, id: id, idp: idp},
			ip:  {p: p, d: d, n: ip, ip: ip, id: idp, idp: idp},
			id:  {p: idp, d: d, n: id, ip: idp, id: id, idp: idp},
			idp: {p: idp, d: d, n: idp, ip: idp, id: idp, idp: idp},
		},
		"permit-overrides": {
			p:   {p: p, d: p, n: p, ip: p, id: p, idp: p},
			d:   {p: p, d: d, n: d, ip: idp, id: d, idp: idp},
			n:   {p: p, d: d, n: n, ip: ip, id: id, idp: idp},
			ip:  {p: p, d: idp, n: ip, ip: ip, id: idp, idp: idp},
			id:  {p: p, d: d, n: id, ip: idp, id: id, idp: idp},
			idp: {p: p, d: idp, n: idp, ip: idp, id: idp, idp: idp},
		},
		"deny-unless-permit": {
			p:   {p: p, d: p, n: p, ip: p, id: p, idp: p},
			d:   {p: p, d: d, n: d, ip: d, id: d, idp: d},
			n:   {p: p, d: d, n: d, ip: d, id: d, idp: d},
			ip:  {p: p, d: d, n: d, ip: d, id: d, idp: d},
			id:  {p: p, d: d, n: d, ip: d, id: d, idp: d},
			idp: {p: p, d: d, n: d, ip: d, id: d, idp: d},
		},
		"permit-unless-deny": {
			p:   {p: p, d: d, n: p, ip: p, id: p, idp: p},
			d:   {p: d, d: d, n: d, ip: d, id: d, idp: d},
			n:   {p: p, d: d, n: p, ip: p, id: p, idp: p},
			ip:  {p: p, d: d, n: p, ip: p, id: p, idp: p},
			id:  {p: p, d: d, n: p, ip: p, id: p, idp: p},
			idp: {p: p, d: d, n: p, ip: p, id: p, idp: p},
		},
		"first-applicable": { // the row's is first
			p:   {p: p, d: p, n: p, ip: p, id: p, idp: p},
			d:   {p: d, d: d, n: d, ip: d, id: d, idp: d},
			n:   {p: p, d: d, n: n, ip: idp, id: idp, idp: idp},
			ip:  {p: idp, d: idp, n: idp, ip: idp, id: idp, idp: idp},
			id:  {p: idp, d: idp, n: idp, ip: idp, id: idp, idp: idp},
			idp: {p: idp, d: idp, n: idp, ip: idp, id: idp, idp: idp},
		},
	} {
		for _, a := range outcomes {
			for _, b := range outcomes {
				if got := algorithms[name]([]outcome{a, b}); got != table[a][b] {
					t.Errorf("%s of %d and %d: got %d, want %d", name, a, b, got, table[a][b])
				}
			}
			alone := algorithms[name]([]outcome{a})
			if want := table[a][n]; name != "first-applicable" && alone != want {
				t.Errorf("%s of %d alone: got %d, want %d", name, a, alone, want)
			}
			if ordered, ok := algorithms["ordered-"+name]; ok {
				if got := ordered([]outcome{a}); got != alone {
					t.Errorf("ordered-%s of %d: got %d, want %d", name, a, got, alone)
				}
			}
		}
	}
	for name, want := range map[string]outcome{
		"deny-overrides": n, "permit-overrides": n, "first-applicable": n, "deny-unless-permit": d, "permit-unless-deny": p,
	} {
		if got := algorithms[name](nil); got != want {
			t.Errorf("%s of no rules: got %d, want %d", name, got, want)
		}
	}
}

func TestAlgorithm(t *testing.T) {
	for urn, want := range map[string]bool{
		"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:deny-overrides":             true,
		"urn:oasis:names:tc:xacml:3.0:policy-combining-algorithm:ordered-permit-overrides": true,
		"urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:first-applicable":           true,
		"urn:oasis:names:tc:xacml:1.0:policy-combining-algorithm:first-applicable":         true,
		"urn:oasis:names:tc:xacml:3.0:rule-combining-algorithm:first-applicable":           false,
		"urn:oasis:names:tc:xacml:1.0:rule-combining-algorithm:deny-overrides":             false,
		"deny-overrides": false,
	} {
		if _, got := algorithm(urn); got != want {
			t.Errorf("%s: got %t, want %t", urn, got, want)
		}
	}
}
