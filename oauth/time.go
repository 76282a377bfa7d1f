package oauth

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Rules are the leniencies that may be turned on. The zero value judges as Maskinporten does.
type Rules struct {
	// Audiences are accepted as aud besides the issuer.
	Audiences []string

	// TokenEndpointAudience accepts the token endpoint's URL as aud, as Maskinporten did before August 2025.
	TokenEndpointAudience bool

	// SlashlessAudience accepts the issuer without its trailing slash.
	SlashlessAudience bool

	// MaxIssuedAge is how long ago a grant may have been issued; 0 is MaxAge, and a negative value sets no limit.
	MaxIssuedAge time.Duration

	// HideExternalRef leaves externalRef out of the token, as the newest documentation has it. Tokens seen have it.
	HideExternalRef bool

	// DefaultLifetime is the lifetime of tokens where neither client nor scope says; 0 is DefaultTokenLifetime.
	DefaultLifetime time.Duration
}

// environments are the issuers of the real Maskinporten and its sister Skyporten, old ones included.
var environments = []string{
	"https://maskinporten.no/", "https://test.maskinporten.no/", "https://maskinporten.dev/",
	"https://ver1.maskinporten.no/", "https://ver2.maskinporten.no/",
	"https://sky.maskinporten.no/", "https://test.sky.maskinporten.no/",
}

func meantForUs(_ context.Context, e *examination) (finding, error) {
	if !e.readable {
		return skip, nil
	}
	if len(e.Audience) != 1 {
		reason := ReasonAudSeveral
		if len(e.Audience) == 0 {
			reason = ReasonAudMismatch
		}
		return fail(invalidAudience.with(), reason, audience(strings.Join(e.Audience, " "), e.Issuer)), nil
	}
	got := e.Audience[0]
	if got == e.Issuer {
		return finding{}, nil
	}
	if e.issuer.Rules.accept(got, e.Issuer) {
		e.Trace.note(JWTAudience, ReasonAudAccepted, audience(got, e.Issuer))
		return finding{}, nil
	}
	return fail(invalidAudience.with(), whyNotUs(got, e.Issuer), audience(got, e.Issuer)), nil
}

func audience(got, want string) Facts { return Facts{"got": got, "want": want} }

func (r Rules) accept(aud, issuer string) bool {
	return slices.Contains(r.Audiences, aud) ||
		r.TokenEndpointAudience && aud == issuer+"token" ||
		r.SlashlessAudience && aud+"/" == issuer
}

// whyNotUs tells which of the well-known mistakes an audience is.
func whyNotUs(got, want string) Reason {
	slashed := strings.TrimSuffix(got, "/") + "/"
	switch {
	case slashed == want:
		return ReasonAudSlash
	case got == want+"token" || got == want+"token/":
		return ReasonAudTokenEndpoint
	case slices.Contains(environments, strings.TrimSuffix(slashed, "token/")):
		return ReasonAudEnvironment
	}
	g, err := url.Parse(slashed)
	w, err2 := url.Parse(want)
	switch {
	case err != nil || err2 != nil || g.Path != w.Path || g.RawQuery != "":
		return ReasonAudMismatch
	case g.Host == w.Host:
		return ReasonAudScheme
	default:
		return ReasonAudHost
	}
}

func issuedNow(_ context.Context, e *examination) (finding, error) {
	if !e.timed() {
		return skip, nil
	}
	now := e.now.Unix()
	if ahead := e.IssuedAt - now; ahead > int64(MaxClockSkew/time.Second) {
		facts := e.issuedAt(now, "ahead", ahead, MaxClockSkew)
		if inMilliseconds(e.IssuedAt, now) {
			return fail(issuedInFuture.with(), ReasonMilliseconds, facts), nil
		}
		return fail(issuedInFuture.with(), ReasonIssuedInFuture, facts), nil
	}
	return e.issuedLately(now), nil
}

// issuedAt are the facts about an iat that is off by so many seconds.
func (e *examination) issuedAt(now int64, direction string, off int64, limit time.Duration) Facts {
	return Facts{
		"iat": strconv.FormatInt(e.IssuedAt, 10), "now": strconv.FormatInt(now, 10),
		direction: strconv.FormatInt(off, 10), "limit": seconds(limit),
	}
}

// issuedLately is the documented other half of the rule on iat. A grant that has expired as well is left to the rule
// on exp, whose refusal is the better known.
func (e *examination) issuedLately(now int64) finding {
	limit := e.issuer.Rules.MaxIssuedAge
	if limit == 0 {
		limit = MaxAge
	}
	behind := now - e.IssuedAt
	if behind <= int64(MaxAge/time.Second) || e.Expires <= now {
		return finding{}
	}
	facts := e.issuedAt(now, "behind", behind, limit)
	if limit < 0 || behind <= int64(limit/time.Second) {
		e.Trace.note(JWTIssuedAt, ReasonIssuedAccepted, facts)
		return finding{}
	}
	return fail(issuedTooLongAgo.with(), ReasonIssuedLongAgo, facts)
}

// inMilliseconds recognises a time that was counted in milliseconds: read so, it lies within a day of now.
func inMilliseconds(t, now int64) bool {
	const day = 24 * 60 * 60
	return t/1000 > now-day && t/1000 < now+day
}

// timed tells whether the times can be judged: when another claim has failed, they may not have been read.
func (e *examination) timed() bool {
	return e.readable && (!e.foreseeing || e.IssuedAt != 0 && e.Expires != 0)
}

func notExpired(_ context.Context, e *examination) (finding, error) {
	if !e.timed() {
		return skip, nil
	}
	now := e.now.Unix()
	if e.Expires > now {
		return finding{}, nil
	}
	return fail(expiredGrant.with(), ReasonExpired, Facts{
		"exp":    strconv.FormatInt(e.Expires, 10),
		"now":    strconv.FormatInt(now, 10),
		"behind": strconv.FormatInt(now-e.Expires, 10),
	}), nil
}

func shortLived(_ context.Context, e *examination) (finding, error) {
	if !e.timed() {
		return skip, nil
	}
	lifetime := e.Expires - e.IssuedAt
	if lifetime <= int64(MaxLifetime/time.Second) {
		return finding{}, nil
	}
	return fail(lifetimeTooLong.with(), ReasonLifetime,
		Facts{"got": strconv.FormatInt(lifetime, 10), "limit": seconds(MaxLifetime)}), nil
}

func seconds(d time.Duration) string { return strconv.FormatInt(int64(d/time.Second), 10) }
