// Package org identifies Norwegian organisations: by organisation number, and by the ISO 6523 identifier that
// Maskinporten and Altinn write into tokens.
package org

import (
	"errors"
	"fmt"
	"strings"
)

// Number is an organisation number (organisasjonsnummer): nine digits, the last of them a modulus-11 check digit.
type Number string

var weights = [8]int{3, 2, 7, 6, 5, 4, 3, 2}

// Parse reads an organisation number. The error says what is wrong with s: its length, a character, or the check
// digit (and which digit would have been right).
func Parse(s string) (Number, error) {
	if len(s) != 9 {
		return "", fmt.Errorf("organisation number %q has %d characters, want 9 digits", s, len(s))
	}
	for i, c := range []byte(s) {
		if c < '0' || c > '9' {
			return "", fmt.Errorf("organisation number %q has %q at position %d, want a digit", s, c, i+1)
		}
	}
	digit, ok := CheckDigit(s[:8])
	if !ok {
		return "", fmt.Errorf("organisation number %q cannot exist: no check digit fits %s", s, s[:8])
	}
	if digit != s[8] {
		return "", fmt.Errorf("organisation number %q is not valid: its check digit should be %c", s, digit)
	}
	return Number(s), nil
}

// CheckDigit gives the ninth digit of the number that starts with the eight digits of s. It is false where s is not
// eight digits, and for the one start in eleven that no check digit fits.
func CheckDigit(s string) (byte, bool) {
	if len(s) != len(weights) {
		return 0, false
	}
	sum := 0
	for i, w := range weights {
		if s[i] < '0' || s[i] > '9' {
			return 0, false
		}
		sum += w * int(s[i]-'0')
	}
	switch rest := sum % 11; rest {
	case 0:
		return '0', true
	case 1:
		return 0, false
	default:
		return byte('0' + 11 - rest), true
	}
}

// Identifier is an organisation as tokens name it, after ISO 6523: the register that issued the number (0192 for the
// Norwegian Central Coordinating Register for Legal Entities), a colon, and the number.
type Identifier struct {
	Authority string `json:"authority"`
	ID        string `json:"ID"`
}

// Authority is the only value that the authority member of an Identifier has.
const Authority = "iso6523-actorid-upis"

const register = "0192:"

// What is wrong with an Identifier.
var (
	ErrAuthority = errors.New("the authority is not " + Authority)
	ErrPrefix    = errors.New("the ID does not start with " + register)
)

// Identifier names n as tokens do.
func (n Number) Identifier() Identifier {
	return Identifier{Authority: Authority, ID: register + string(n)}
}

// Number reads the organisation number out of the identifier. The error is ErrAuthority, ErrPrefix, or that of Parse.
func (i Identifier) Number() (Number, error) {
	if i.Authority != Authority {
		return "", ErrAuthority
	}
	digits, found := strings.CutPrefix(i.ID, register)
	if !found {
		return "", ErrPrefix
	}
	return Parse(digits)
}
