package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v3"

	"mpe/compose/control"
)

// envFlags say whose configuration is wanted, and in what form.
type envFlags struct {
	url, client, kid, format, address, keystore string
}

func (a *app) env() *cobra.Command {
	var f envFlags
	c := &cobra.Command{
		Use:   "env",
		Short: "Print the configuration of a client, in the form that programs and libraries take",
		Long: "Print the configuration of a client of the running emulator, in the form that programs and libraries take.\n\n" +
			"  nais        the variables that NAIS gives an application, for eval in a shell\n" +
			"  shell       the same and MPE_URL; dotenv, powershell and github (for >> $GITHUB_ENV) in the form of each\n" +
			"  texas       a compose file with NAIS's token service in front of the emulator\n" +
			"  dotnet      MaskinportenSettings of Altinn.ApiClients.Maskinporten\n" +
			"  altinn-app  MaskinportenSettings of an Altinn app\n" +
			"  spring      application.yaml with the properties maskinporten.*\n" +
			"  fiks        application.yaml of KS's client, with the key store that --keystore names\n" +
			"  k6          a module with a function that gets tokens",
		Args: usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error { return a.runEnv(c.Context(), &f) },
	}
	flags := c.Flags()
	registerURL(flags, &f.url)
	flags.StringVar(&f.client, "client", "", "the client's id, or part of its name (default: the seed's first)")
	flags.StringVar(&f.kid, "kid", "", "which of its keys")
	flags.StringVar(&f.format, "format", "shell", "one of "+strings.Join(envFormats(), ", "))
	flags.StringVar(&f.address, "address", "", "`URL` that the program reaches the emulator at, where it is another than ours, as from a container")
	flags.StringVar(&f.keystore, "keystore", "", "`FILE` to write the key store of --format fiks to")
	return c
}

// configured is a client and where it finds the emulator.
type configured struct {
	control.Described
	url string // of the emulator, without a slash at the end
	env *envFlags
}

// formats write a client's configuration.
var formats = map[string]func(configured) (string, error){
	"nais": func(c configured) (string, error) { return shellText(c.Variables()), nil },
	"shell": func(c configured) (string, error) {
		return shellText(c.withURL()), nil
	},
	"dotenv": func(c configured) (string, error) {
		return lines(c.withURL(), func(v control.Variable) string { return v.Name + "=" + shellQuote(v.Value) }), nil
	},
	"powershell": func(c configured) (string, error) {
		return lines(c.withURL(), func(v control.Variable) string {
			return "$env:" + v.Name + " = '" + strings.ReplaceAll(v.Value, "'", "''") + "'"
		}), nil
	},
	"github": func(c configured) (string, error) {
		return lines(c.withURL(), func(v control.Variable) string { return v.Name + "=" + v.Value }), nil
	},
	"texas":      texas,
	"dotnet":     dotnet,
	"altinn-app": altinnApp,
	"spring":     spring,
	"fiks":       fiks,
	"k6":         k6,
}

func envFormats() []string { return slices.Sorted(maps.Keys(formats)) }

func (a *app) runEnv(ctx context.Context, f *envFlags) error {
	write, known := formats[f.format]
	if !known {
		return &failure{
			code: exitUsage, what: fmt.Sprintf("--format: %q is not known", f.format), try: "one of " + strings.Join(envFormats(), ", "),
		}
	}
	if f.format == "fiks" && f.keystore == "" {
		return &failure{code: exitUsage, what: "--format fiks needs a key store", try: "--keystore maskinporten.p12"}
	}
	e := a.emulator(f.url)
	found, err := e.credentials(ctx, f.client, f.kid)
	if err != nil {
		return e.unreachable(err)
	}
	text, err := write(f.place(found, e))
	if err != nil {
		return err
	}
	if f.format == "fiks" {
		if err := e.writeKeystore(ctx, f, found.ClientID); err != nil {
			return err
		}
	}
	if f.format == "dotnet" {
		fmt.Fprintln(a.Stderr, "warning: the library has Maskinporten's addresses built in: run the program under mpe exec --hijack")
	}
	_, err = fmt.Fprint(a.Stdout, text)
	return err
}

// place puts the emulator where the program reaches it. Its name goes with the address, unless it is fixed.
func (f *envFlags) place(found control.Described, e *emulator) configured {
	base := e.base
	if f.address != "" {
		base = strings.TrimSuffix(f.address, "/") + "/"
		if found.Issuer == e.base {
			found.Issuer = base
		}
		found = found.At(found.Issuer, base)
	}
	return configured{Described: found, url: strings.TrimSuffix(base, "/"), env: f}
}

// credentials are those of a client, by its id or part of its name, or of the seed's first that can sign.
func (e *emulator) credentials(ctx context.Context, client, kid string) (control.Described, error) {
	var d control.Described
	path := "clients/" + url.PathEscape(cmp.Or(client, "first")) + "/credentials?" + url.Values{"kid": {kid}}.Encode()
	err := e.control(ctx, http.MethodGet, path, nil, &d)
	return d, err
}

func (e *emulator) writeKeystore(ctx context.Context, f *envFlags, client string) error {
	query := url.Values{"format": {"p12"}, "kid": {f.kid}}
	got, err := e.do(ctx, http.MethodGet, "_mpe/v1/clients/"+url.PathEscape(client)+"/credentials?"+query.Encode(), "", nil)
	if err != nil {
		return err
	}
	if got.status != http.StatusOK {
		return problem(got)
	}
	return os.WriteFile(f.keystore, got.body, 0o600)
}

func (c configured) withURL() []control.Variable {
	return append([]control.Variable{{Name: "MPE_URL", Value: c.url}}, c.Variables()...)
}

func lines(variables []control.Variable, line func(control.Variable) string) string {
	var b strings.Builder
	for _, v := range variables {
		b.WriteString(line(v) + "\n")
	}
	return b.String()
}

func shellText(variables []control.Variable) string {
	return lines(variables, func(v control.Variable) string { return "export " + v.Name + "=" + shellQuote(v.Value) })
}

func shellQuote(value string) string { return "'" + strings.ReplaceAll(value, "'", `'\''`) + "'" }

// texas is NAIS's token service (github.com/nais/texas), which applications ask in place of Maskinporten.
func texas(c configured) (string, error) {
	environment := map[string]string{"BIND_ADDRESS": "0.0.0.0:3000", "MASKINPORTEN_ENABLED": "true"}
	for _, v := range c.Variables() {
		environment[v.Name] = strings.ReplaceAll(v.Value, "$", "$$") // compose reads $ as a variable
	}
	return asYAML("# Set TEXAS_IMAGE to the image of github.com/nais/texas. From a container the emulator is not at localhost:\n"+
		"# mpe env --format texas --address http://host.docker.internal:6730, or the name of its service.\n",
		map[string]any{"services": map[string]any{
			"texas": map[string]any{
				"image": "${TEXAS_IMAGE:?}", "environment": environment, "ports": []string{"3000:3000"},
				"extra_hosts": []string{"host.docker.internal:host-gateway"},
			},
			"app": map[string]any{
				"environment": map[string]string{
					"NAIS_TOKEN_ENDPOINT":               "http://texas:3000/api/v1/token",
					"NAIS_TOKEN_EXCHANGE_ENDPOINT":      "http://texas:3000/api/v1/token/exchange",
					"NAIS_TOKEN_INTROSPECTION_ENDPOINT": "http://texas:3000/api/v1/introspect",
				},
				"depends_on": []string{"texas"},
			},
		}})
}

func dotnet(c configured) (string, error) {
	return asJSON(map[string]any{"MaskinportenSettings": map[string]string{
		"Environment": "test", "ClientId": c.ClientID, "Scope": strings.Join(c.Scopes, " "),
		"EncodedJwk": base64.StdEncoding.EncodeToString(c.JWK),
	}})
}

func altinnApp(c configured) (string, error) {
	return asJSON(map[string]any{"MaskinportenSettings": map[string]string{
		"authority": c.Issuer, "clientId": c.ClientID, "jwkBase64": base64.StdEncoding.EncodeToString(c.JWK),
	}})
}

func spring(c configured) (string, error) {
	return asYAML("", map[string]any{"maskinporten": map[string]any{
		"client-id": c.ClientID, "client-jwk": string(c.JWK), "scopes": c.Scopes, "issuer": c.Issuer,
		"token-endpoint": c.TokenEndpoint, "jwks-uri": c.JWKSURI, "well-known-url": c.WellKnown,
	}})
}

// fiks is KS's client (github.com/ks-no/fiks-maskinporten), which signs with an enterprise certificate.
func fiks(c configured) (string, error) {
	if c.Kid != "" {
		return "", &failure{
			code: exitUsage, what: fmt.Sprintf("%s (%s) signs with a registered key, and KS's client with an enterprise certificate", c.ClientID, c.Name),
			try: "--client with one that has no keys in the seed",
		}
	}
	const alias = "1" // that of the only entry, as Java counts them
	return asYAML("", map[string]any{
		"virksomhetsertifikat": map[string]any{"sertifikater": []map[string]string{{
			"sertifikat-type": "AUTH", "keystore-path": c.env.keystore, "keystore-password": control.DefaultPassword,
			"certificate-alias": alias, "private-key-alias": alias, "private-key-password": control.DefaultPassword,
		}}},
		"maskinporten": map[string]any{
			"issuer": c.ClientID, "audience": c.Issuer, "tokenEndpoint": c.TokenEndpoint, "numberOfSecondsLeftBeforeExpire": 10,
		},
	})
}

// k6 gets grants from the emulator: k6 signs them itself only with more code than a test should need.
func k6(c configured) (string, error) {
	client, err := json.Marshal(map[string]string{
		"control": c.url + "/_mpe/v1", "tokenEndpoint": c.TokenEndpoint, "issuer": c.Issuer, "client": c.ClientID,
	})
	if err != nil {
		return "", err
	}
	return `import http from 'k6/http'

const mpe = ` + string(client) + `

// token gets an access token. A grant is as POST /_mpe/v1/grants takes it: { scope: '…', systemUser: '310000027' }
export function token(grant = {}) {
  const body = JSON.stringify({ client: mpe.client, audience: mpe.issuer, ...grant })
  const signed = http.post(mpe.control + '/grants', body, { headers: { 'Content-Type': 'application/json' } })
  const answer = http.post(mpe.tokenEndpoint, {
    grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion: signed.json('grant'),
  })
  return answer.json('access_token')
}
`, nil
}

func asJSON(value any) (string, error) {
	var b bytes.Buffer
	err := writeJSON(&b, value)
	return b.String(), err
}

func asYAML(comment string, value any) (string, error) {
	var b bytes.Buffer
	encoder := yaml.NewEncoder(&b)
	encoder.SetIndent(2)
	err := encoder.Encode(value)
	return comment + b.String(), err
}
