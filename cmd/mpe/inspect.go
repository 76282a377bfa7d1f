package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/spf13/cobra"

	"mpe/compose/explain"
)

func (a *app) inspect() *cobra.Command {
	var url, jwks string
	var out output
	c := &cobra.Command{
		Use:   "inspect [JWT|FILE|-]",
		Short: "Decode a grant, a token or an error body, and check the signature",
		Args:  usage(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, args []string) error {
			text, err := a.subject(args)
			if err != nil {
				return err
			}
			if strings.HasPrefix(text, "{") {
				return a.inspectError(out, text)
			}
			in, err := a.inspectJWT(text)
			if err != nil {
				return &failure{code: exitUsage, what: "that is neither a JWT nor an error body", why: err.Error()}
			}
			in.Signature = a.signature(c.Context(), text, url, jwks)
			return out.write(a.Stdout, in, in.String())
		},
	}
	registerURL(c.Flags(), &url)
	c.Flags().StringVar(&jwks, "jwks", "", "`FILE` with the JWK Set to check the signature with (default: the emulator's)")
	out.register(c.Flags())
	return c
}

// subject is what to inspect: the argument, what the file of that name holds, or standard input.
func (a *app) subject(args []string) (string, error) {
	if len(args) == 1 && args[0] != "-" && strings.Count(args[0], ".") >= 2 && !strings.ContainsAny(args[0], "/\\") {
		return strings.TrimSpace(args[0]), nil
	}
	var data []byte
	var err error
	if len(args) == 1 && args[0] != "-" {
		data, err = os.ReadFile(args[0])
	} else {
		data, err = io.ReadAll(io.LimitReader(a.Stdin, 1<<20))
	}
	if err != nil {
		return "", &failure{code: exitUsage, what: err.Error()}
	}
	return strings.TrimSpace(string(data)), nil
}

// inspected is what a JWT says.
type inspected struct {
	Kind      string          `json:"kind"` // grant or token
	Header    json.RawMessage `json:"header"`
	Claims    json.RawMessage `json:"claims"`
	Expires   string          `json:"expires,omitempty"` // in words
	Signature string          `json:"signature"`
}

func (a *app) inspectJWT(compact string) (inspected, error) {
	header, claims, err := decodeJWT(compact)
	if err != nil {
		return inspected{}, err
	}
	var known struct {
		ClientID string `json:"client_id"`
		Expires  int64  `json:"exp"`
	}
	_ = json.Unmarshal(claims, &known) // claims of other types are shown as they are
	in := inspected{Kind: "grant", Header: header, Claims: claims}
	if known.ClientID != "" {
		in.Kind = "token"
	}
	if known.Expires != 0 {
		left := time.Unix(known.Expires, 0).Sub(a.Now()).Round(time.Second)
		in.Expires = fmt.Sprintf("in %s", left)
		if left <= 0 {
			in.Expires = fmt.Sprintf("%s ago", -left)
		}
	}
	return in, nil
}

func (in inspected) String() string {
	return fmt.Sprintf("%s\nheader %s\nclaims %s\nexpires %s\nsignature %s",
		in.Kind, indented(in.Header), indented(in.Claims), in.Expires, in.Signature)
}

func indented(raw json.RawMessage) string {
	var b bytes.Buffer
	if json.Indent(&b, raw, "", "  ") != nil {
		return string(raw)
	}
	return b.String()
}

// decodeJWT takes a JWT apart without believing it.
func decodeJWT(compact string) (header, claims json.RawMessage, err error) {
	parts := strings.Split(compact, ".")
	if len(parts) != 3 {
		return nil, nil, fmt.Errorf("%d parts separated by dots, want 3", len(parts))
	}
	for i, into := range []*json.RawMessage{&header, &claims} {
		decoded, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			return nil, nil, fmt.Errorf("part %d: %w", i+1, err)
		}
		if !json.Valid(decoded) {
			return nil, nil, fmt.Errorf("part %d is not JSON", i+1)
		}
		*into = decoded
	}
	return header, claims, nil
}

// signature says in words whether a key of the set has signed it.
func (a *app) signature(ctx context.Context, compact, url, file string) string {
	set, from, err := a.keySet(ctx, url, file)
	if err != nil {
		return "not checked: " + err.Error()
	}
	jws, err := jose.ParseSignedCompact(compact, []jose.SignatureAlgorithm{jose.RS256, jose.RS384, jose.RS512})
	if err != nil {
		return "not valid: " + err.Error()
	}
	for _, key := range set.Keys {
		if _, err := jws.Verify(key.Public()); err == nil {
			return fmt.Sprintf("valid: by key %s of %s", key.KeyID, from)
		}
	}
	return "not valid: no key of " + from + " has signed it"
}

func (a *app) keySet(ctx context.Context, url, file string) (set jose.JSONWebKeySet, from string, err error) {
	var data []byte
	if from = file; file != "" {
		data, err = os.ReadFile(file)
	} else {
		e := a.emulator(url)
		from = e.base + "jwk"
		var got answer
		got, err = e.do(ctx, http.MethodGet, "jwk", "", nil)
		data = got.body
	}
	if err != nil {
		return set, from, err
	}
	err = json.Unmarshal(data, &set)
	return set, from, err
}

// inspectError explains the body of a refusal by its code.
func (a *app) inspectError(out output, text string) error {
	var body struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
		URI         string `json:"error_uri"`
	}
	if json.Unmarshal([]byte(text), &body) != nil || body.Error == "" {
		return &failure{code: exitUsage, what: "that is no error body of Maskinporten: it has no member error"}
	}
	code := body.Error
	if i := strings.LastIndex(body.URI, "/"); i >= 0 {
		code = body.URI[i+1:]
	}
	page, known := explain.Code(code, a.language(""))
	if !known {
		return out.write(a.Stdout, body, body.Error+"\n"+body.Description)
	}
	return out.write(a.Stdout, page, pageText(page)+"\n\n"+body.Description)
}
