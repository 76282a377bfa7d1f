package fault

import (
	"bytes"
	"crypto"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"mpe/keys"
)

// Forger makes faulty tokens of good ones, with a key that nobody publishes where that is the fault.
type Forger struct {
	// Stranger makes that key. It is asked when the key is needed, and best remembers it.
	Stranger func() (*keys.Key, error)
}

// JWKS is a key set without the key that tokens are signed with.
func (f *Forger) JWKS() ([]byte, error) {
	set, err := f.set()
	if err != nil {
		return nil, err
	}
	return set.JWKS(), nil
}

func (f *Forger) set() (*keys.Set, error) {
	key, err := f.Stranger()
	if err != nil {
		return nil, fmt.Errorf("making a key that nobody publishes: %w", err)
	}
	return keys.NewSet(key)
}

// Spoil makes the defect of a token. Sign is that of the token's issuer.
func (f *Forger) Spoil(compact, defect string, sign func([]byte) (string, error)) (string, error) {
	payload := Payload(compact)
	switch defect {
	case "wrong-key":
		return f.resign(compact)
	case "unknown-kid":
		set, err := f.set()
		if err != nil {
			return "", err
		}
		return set.Sign(payload)
	}
	said, err := readMembers(payload)
	if err != nil {
		return "", fmt.Errorf("reading the token to spoil: %w", err)
	}
	return sign(said.spoil(defect).encode())
}

// Payload is that of a compact JWS, unverified; nil for what is none.
func Payload(compact string) []byte {
	_, rest, _ := strings.Cut(compact, ".")
	encoded, _, _ := strings.Cut(rest, ".")
	payload, err := base64.RawURLEncoding.DecodeString(encoded)
	if err != nil {
		return nil
	}
	return payload
}

// resign puts a stranger's signature in the place of the issuer's, whose kid stays.
func (f *Forger) resign(compact string) (string, error) {
	key, err := f.Stranger()
	if err != nil {
		return "", fmt.Errorf("making a key that nobody publishes: %w", err)
	}
	signed := compact[:strings.LastIndex(compact, ".")]
	digest := sha256.Sum256([]byte(signed))
	signature, err := key.Signer.Sign(nil, digest[:], crypto.SHA256)
	if err != nil {
		return "", fmt.Errorf("signing with a stranger's key: %w", err)
	}
	return signed + "." + base64.RawURLEncoding.EncodeToString(signature), nil
}

// members are those of a JSON object, in its order.
type members []member

type member struct {
	name  string
	value json.RawMessage
}

func readMembers(object []byte) (members, error) {
	decoder := json.NewDecoder(bytes.NewReader(object))
	if open, err := decoder.Token(); err != nil || open != json.Delim('{') {
		return nil, errors.New("the claims are no object")
	}
	var all members
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, err
		}
		m := member{name: name.(string)} // in an object, a name stands before each value
		if err := decoder.Decode(&m.value); err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

func (m members) encode() []byte {
	var b bytes.Buffer
	for i, one := range m {
		b.WriteByte("{,"[min(i, 1)])
		name, _ := json.Marshal(one.name) // a text cannot fail
		b.Write(name)
		b.WriteByte(':')
		b.Write(one.value)
	}
	b.WriteByte('}')
	return b.Bytes()
}

func (m members) number(name string) (n int64) {
	for _, one := range m {
		if one.name == name {
			_ = json.Unmarshal(one.value, &n) // what is no number is none
		}
	}
	return n
}

// longExpired is how long ago a spoiled token expired, in seconds: more than libraries let clocks differ.
const longExpired = 600

// wrongIssuer is nobody's name.
const wrongIssuer = "https://wrong-issuer.example/"

// spoil changes the claims. Those that a token does not have cannot be spoiled, and it stays as it is.
func (m members) spoil(defect string) members {
	earlier := m.number("exp") - m.number("iat") + longExpired
	var changed members
	for _, one := range m {
		switch {
		case defect == "no-authorization-details" && one.name == "authorization_details":
			continue
		case defect == "id-lowercase" && one.name == "authorization_details":
			one.value = bytes.ReplaceAll(one.value, []byte(`"ID":`), []byte(`"id":`))
		case defect == "wrong-issuer" && one.name == "iss":
			one.value = json.RawMessage(`"` + wrongIssuer + `"`)
		case defect == "expired" && (one.name == "exp" || one.name == "iat" || one.name == "nbf"):
			one.value = fmt.Appendf(nil, "%d", m.number(one.name)-earlier)
		}
		changed = append(changed, one)
	}
	return changed
}
