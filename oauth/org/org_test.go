package org_test

import (
	"errors"
	"strings"
	"testing"

	"mpe/oauth/org"
)

func TestParse(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"a right check digit":            {"310000019", ""},
		"a check digit of 0":             {"310000140", ""},
		"a wrong check digit":            {"310000018", "should be 9"},
		"a start that no digit fits":     {"310000060", "no check digit fits 31000006"},
		"too short":                      {"31000001", "8 characters"},
		"too long":                       {"3100000190", "10 characters"},
		"a letter":                       {"31000O019", `'O' at position 6`},
		"a space":                        {" 31000001", `' ' at position 1`},
		"nothing":                        {"", "0 characters"},
		"digits that are not ASCII":      {"３100001", "want a digit"},
		"the ISO 6523 form is no number": {"0192:310000019", "14 characters"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := org.Parse(c.in)
			switch {
			case c.want == "" && (err != nil || string(got) != c.in):
				t.Errorf("got %q, %v, want %q", got, err, c.in)
			case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
				t.Errorf("got %v, want %q in it", err, c.want)
			}
		})
	}
}

func TestIdentifier(t *testing.T) {
	good := org.Number("310000019").Identifier()
	if want := (org.Identifier{Authority: "iso6523-actorid-upis", ID: "0192:310000019"}); good != want {
		t.Errorf("got %+v, want %+v", good, want)
	}
	if got, err := good.Number(); got != "310000019" || err != nil {
		t.Errorf("read back %q, %v", got, err)
	}
	for want, in := range map[error]org.Identifier{
		org.ErrAuthority: {Authority: "iso6523", ID: "0192:310000019"},
		org.ErrPrefix:    {Authority: org.Authority, ID: "310000019"},
	} {
		if _, err := in.Number(); !errors.Is(err, want) {
			t.Errorf("%+v: got %v, want %v", in, err, want)
		}
	}
	if _, err := (org.Identifier{Authority: org.Authority, ID: "0192:310000018"}).Number(); err == nil {
		t.Error("a wrong check digit was taken")
	}
}

// FuzzParse holds that what is taken is nine digits as they were, and that every start has one check digit at most.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"310000019", "310000018", "310000060", "", "0192:310000019", "３10000"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		number, err := org.Parse(s)
		if err != nil {
			if number != "" {
				t.Errorf("refused %q and gave %q", s, number)
			}
			return
		}
		digit, ok := org.CheckDigit(s[:8])
		if string(number) != s || len(s) != 9 || !ok || digit != s[8] {
			t.Errorf("took %q as %q", s, number)
		}
	})
}
