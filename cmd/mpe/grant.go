package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"mpe/compose"
	"mpe/compose/control"
	"mpe/oauth/oauthclient"
)

// grantFlags are what to ask for, and whom.
type grantFlags struct {
	url      string
	lifetime time.Duration
	request  control.GrantRequest
}

func (f *grantFlags) register(flags *pflag.FlagSet) {
	registerURL(flags, &f.url)
	r := &f.request
	flags.StringVar(&r.Client, "client", "", "the client's id, or part of its name (default: the seed's first)")
	flags.StringVar(&r.Kid, "kid", "", "which of its keys signs")
	flags.StringVar(&r.Scope, "scope", "", "scopes, separated by spaces (default: the client's first)")
	flags.StringVar(&r.SystemUser, "system-user", "", "act as the system user of that organisation `NUMBER`")
	flags.StringVar(&r.ExternalRef, "external-ref", "", "which of the organisation's system users")
	flags.StringVar(&r.ConsumerOrg, "consumer-org", "", "the organisation `NUMBER` that has delegated the scope")
	flags.StringArrayVar(&r.Resource, "resource", nil, "the token's aud; repeat it for several")
	flags.StringVar(&r.PID, "pid", "", "a synthetic person's number")
	flags.StringVar(&r.Audience, "audience", "", "the grant's aud (default: the issuer)")
	flags.StringVar(&r.JTI, "jti", "", "the grant's id (default: a random one)")
	flags.DurationVar(&f.lifetime, "lifetime", 0, "exp - iat (default: 120s)")
	flags.StringSliceVar(&r.Break, "break", nil, "break the grant in these ways, separated by commas")
}

func (a *app) grant() *cobra.Command {
	var f grantFlags
	var out output
	c := &cobra.Command{
		Use:   "grant",
		Short: "Print a signed grant, good or broken on purpose",
		Long:  "Print a signed grant, good or broken on purpose.\n\nThe ways to break it:\n" + defectHelp(),
		Args:  usage(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			return a.withEmulator(c.Context(), f.url, func(e *emulator) error {
				signed, err := f.sign(c.Context(), e)
				if err != nil {
					return err
				}
				return out.write(a.Stdout, signed, signed.Grant)
			})
		},
	}
	f.register(c.Flags())
	out.register(c.Flags())
	return c
}

func defectHelp() string {
	var b strings.Builder
	for _, d := range oauthclient.Defects() {
		fmt.Fprintf(&b, "  %-14s %s\n", d.Name, d.What)
	}
	return b.String()
}

func (f *grantFlags) sign(ctx context.Context, e *emulator) (control.Signed, error) {
	f.request.Lifetime = control.Duration(f.lifetime)
	var signed control.Signed
	err := e.control(ctx, http.MethodPost, "grants", f.request, &signed)
	return signed, err
}

// withEmulator calls with the running emulator or, when none was named and none runs, with one for this call alone.
func (a *app) withEmulator(ctx context.Context, named string, call func(*emulator) error) error {
	e := a.emulator(named)
	err := call(e)
	if _, unreachable := errors.AsType[*url.Error](err); !unreachable {
		return err
	}
	if named != "" || e.base != defaultURL+"/" {
		return e.unreachable(err)
	}
	fmt.Fprintln(a.Stderr, "no emulator runs at "+e.base+": using one with the demo seed for this call")
	return a.inProcess(ctx, call)
}

// inProcess calls with an emulator that lives as long as the call. It has the name of one that runs at the usual place.
func (a *app) inProcess(ctx context.Context, call func(*emulator) error) error {
	running, err := compose.New(ctx, compose.Config{
		Issuer: defaultURL + "/", Version: a.Version, Getenv: a.LookupEnv, Now: a.Now, Rand: a.Rand,
	})
	if err != nil {
		return startFailure(err)
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return errors.Join(err, running.Close(ctx))
	}
	server := &http.Server{Handler: running.Handler(), ReadHeaderTimeout: grace}
	go server.Serve(listener) // ends with shutDown
	err = call(&emulator{base: "http://" + listener.Addr().String() + "/", client: http.DefaultClient})
	return errors.Join(err, shutDown(server, running))
}
