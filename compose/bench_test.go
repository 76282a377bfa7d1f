package compose_test

import (
	"context"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"mpe/oauth/oauthclient"
	"mpe/oauth/org"
)

// BenchmarkToken measures the token endpoint as it ships: the binary named by MPE_BENCH_BINARY, held to one core, asked
// over 16 connections by this process on another core. Beside tokens per second it reports what the same core could do
// if it did nothing but the verification and the signature, measured in turns with the tokens.
func BenchmarkToken(b *testing.B) {
	binary := os.Getenv("MPE_BENCH_BINARY")
	if binary == "" {
		b.Skip("MPE_BENCH_BINARY does not name the binary to measure: use make bench")
	}
	for _, redis := range []struct{ name, url string }{{"embedded", ""}, {"redis", os.Getenv("MPE_TEST_REDIS")}} {
		for _, world := range []struct {
			name                      string
			clients, users, resources int
			known                     int // how many of the clients have asked before
		}{
			{"10-clients/10-system-users", 10, 10, 10, 10},
			{"10000-clients/100000-system-users/each-again", 10_000, 100_000, 1000, 10_000},
			{"10000-clients/100000-system-users/each-the-first-time", 10_000, 100_000, 1000, 10},
		} {
			b.Run(redis.name+"/"+world.name, func(b *testing.B) {
				if redis.name == "redis" && redis.url == "" {
					b.Skip("MPE_TEST_REDIS is not set")
				}
				s := startServer(b, binary, benchSeed(b, world.clients, world.users, world.resources), redis.url)
				measureTokens(b, s, world.clients, world.users, world.known)
			})
		}
	}
}

const (
	connections = 16
	warmUp      = 80     // turns before any that count: until journal, heap and the embedded Redis have the size that they keep
	turns       = 20     // tokens and bound take turns, so that a machine whose speed changes treats them alike
	perTurn     = 500    // tokens: enough that a turn's beginning and end, when not all connections wait, weigh nothing
	boundTurn   = "200x" // pairs
)

// measureTokens reports the median of the turns' shares of the bound: a turn in which the machine changed its speed says
// nothing about either. The bound is measured right before a turn's tokens and right after them, since a machine drifts,
// and a core that comes out of idling is another one.
func measureTokens(b *testing.B, s server, clients, users, known int) {
	client := wakefulClient()
	defer client.CloseIdleConnections()
	for turn := range warmUp {
		postAll(b, client, s.TokenEndpoint, tokenForms(b, s.Issuer, known, users, turn*perTurn))
	}
	for b.Loop() {
		var took, pairs time.Duration
		var latencies []time.Duration
		var shares []float64
		for turn := range turns {
			forms := tokenForms(b, s.Issuer, clients, users, turn*perTurn)
			before := measureBound(b)
			spent, each := postAll(b, client, s.TokenEndpoint, forms)
			pair := (before + measureBound(b)) / 2
			took, pairs = took+spent, pairs+pair
			latencies = append(latencies, each...)
			shares = append(shares, perTurn*pair.Seconds()/spent.Seconds())
		}
		slices.Sort(latencies)
		slices.Sort(shares)
		b.ReportMetric(float64(len(latencies))/took.Seconds(), "tokens/s")
		b.ReportMetric(turns/pairs.Seconds(), "bound/s")
		b.ReportMetric(100*shares[turns/2], "%of-bound")
		b.ReportMetric(float64(latencies[len(latencies)/2].Microseconds())/1000, "p50-ms")
		b.ReportMetric(float64(latencies[len(latencies)*99/100].Microseconds())/1000, "p99-ms")
	}
}

// wakefulClient keeps its connections, and never sleeps: to wake it would take an interrupt from the server's core to
// another one for each answer, some 30 µs on a virtual machine. A client on another machine does not cost a server that.
func wakefulClient() *http.Client {
	dial := func(ctx context.Context, network, address string) (net.Conn, error) {
		conn, err := new(net.Dialer).DialContext(ctx, network, address)
		if err != nil {
			return nil, err
		}
		raw, err := conn.(*net.TCPConn).SyscallConn()
		return wakeful{conn, raw}, err
	}
	return &http.Client{Transport: &http.Transport{
		DialContext: dial, MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections,
	}}
}

// wakeful is a connection that is asked again and again for what has come.
type wakeful struct {
	net.Conn
	raw syscall.RawConn
}

func (c wakeful) Read(p []byte) (n int, err error) {
	ask := func(socket uintptr) (done bool) {
		n, err = syscall.Read(int(socket), p)
		return true
	}
	for {
		if closed := c.raw.Read(ask); closed != nil {
			return 0, closed
		}
		switch {
		case err == syscall.EAGAIN || err == syscall.EINTR:
			runtime.Gosched()
		case err != nil:
			return 0, err
		case n == 0:
			return 0, io.EOF
		default:
			return n, nil
		}
	}
}

// tokenForms are the forms of the next turn, signed before its clock starts. More at once could be too old when they are sent.
// The clients ask one after the other, each for a system user of its own.
func tokenForms(b *testing.B, issuer string, clients, users, from int) []string {
	key := oauthclient.Key{ID: "dev", Alg: "RS256", Signer: oauthclient.DevKey()}
	forms := make([]string, perTurn)
	for i := range forms {
		asking := (from + i) % clients
		grant := oauthclient.Grant{
			ClientID: clientID(asking), Audience: issuer, Scope: "bench:read", IssuedAt: time.Now(),
			Lifetime: 120 * time.Second, SystemUserOrg: orgNumber(asking * 7919 % users), // from all over the world
		}
		compact, err := grant.Sign(rand.Reader, key)
		if err != nil {
			b.Fatal(err)
		}
		forms[i] = "grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3Ajwt-bearer&assertion=" + compact
	}
	return forms
}

// postAll gives how long all of them took, and how long each.
func postAll(b *testing.B, client *http.Client, endpoint string, forms []string) (time.Duration, []time.Duration) {
	latencies := make([]time.Duration, len(forms))
	next := make(chan int)
	var workers sync.WaitGroup
	start := time.Now()
	for range connections {
		workers.Go(func() {
			for i := range next {
				began := time.Now()
				if err := post(client, endpoint, forms[i]); err != nil {
					b.Error(err)
				}
				latencies[i] = time.Since(began)
			}
		})
	}
	for i := range forms {
		next <- i
	}
	close(next)
	workers.Wait()
	return time.Since(start), latencies
}

func post(client *http.Client, endpoint, form string) error {
	answer, err := client.Post(endpoint, "application/x-www-form-urlencoded", strings.NewReader(form))
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", answer.Status, body)
	}
	return err
}

// BenchmarkCryptoBound verifies an RSA-2048 signature and makes one: what a token costs at least.
func BenchmarkCryptoBound(b *testing.B) {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		b.Fatal(err)
	}
	digest := sha256.Sum256([]byte("bound"))
	for b.Loop() {
		signature, err := rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:])
		if err == nil {
			err = rsa.VerifyPKCS1v15(&key.PublicKey, crypto.SHA256, digest[:], signature)
		}
		if err != nil {
			b.Fatal(err)
		}
	}
}

var perPair = regexp.MustCompile(`(?m)^BenchmarkCryptoBound\s+\d+\s+(\d+) ns/op`)

// measureBound runs BenchmarkCryptoBound in a process of its own, on the server's core, which has nothing else to do then.
func measureBound(b *testing.B) time.Duration {
	b.Helper()
	command := onFirstCore(b.Context(), os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkCryptoBound$", "-test.benchtime="+boundTurn)
	told, err := command.CombinedOutput()
	if err != nil {
		b.Fatalf("measuring the bound: %v\n%s", err, told)
	}
	found := perPair.FindSubmatch(told)
	if found == nil {
		b.Fatalf("measuring the bound: %s", told)
	}
	nanos, err := strconv.Atoi(string(found[1]))
	if err != nil {
		b.Fatal(err)
	}
	return time.Duration(nanos)
}

// onFirstCore is a command that has one core only, where taskset can hold it there.
func onFirstCore(ctx context.Context, args ...string) *exec.Cmd {
	if taskset, err := exec.LookPath("taskset"); err == nil {
		args = append([]string{taskset, "-c", "0"}, args...)
	}
	command := exec.CommandContext(ctx, args[0], args[1:]...)
	command.Env = append(os.Environ(), "GOMAXPROCS=1")
	return command
}

// server is a running emulator, as its ready file describes it.
type server struct {
	Issuer        string `json:"issuer"`
	TokenEndpoint string `json:"tokenEndpoint"`
}

// startServer runs the binary on the first core.
func startServer(b *testing.B, binary, seed, redis string) server {
	b.Helper()
	ready := filepath.Join(b.TempDir(), "ready.json")
	args := []string{binary, "serve", "--listen", "127.0.0.1:0", "--ready-file", ready, "--seed", seed, "--log-format", "json"}
	if redis != "" {
		args = append(args, "--redis", redis)
	}
	ctx, cancel := context.WithCancel(context.Background())
	command := onFirstCore(ctx, args...)
	log, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	command.Stderr = log
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { cancel(); _ = command.Wait(); log.Close() })
	for deadline := time.Now().Add(2 * time.Minute); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		var s server
		if written, err := os.ReadFile(ready); err == nil && json.Unmarshal(written, &s) == nil {
			return s
		}
	}
	b.Fatalf("the server did not get ready; its log is %s", log.Name())
	return server{}
}

func clientID(i int) string { return fmt.Sprintf("bench-client-%05d", i) }

const (
	benchVendor = "310000019"
	benchScopes = "altinn:authentication/systemregister.write altinn:authentication/systemuser.request.write altinn:maskinporten/systemuser.read altinn:authorization/authorize"
)

// quotedScopes are the same, as a seed continues a list with them.
var quotedScopes = `, "` + strings.ReplaceAll(benchScopes, " ", `", "`) + `"`

// benchUser is the id of the i-th system user. Even ones have an access package, odd ones a single right.
func benchUser(i int) string { return fmt.Sprintf("7c2e9a10-0000-4000-8000-%012d", i) }

// orgNumber is the i-th organisation number with a right check digit from 200000000 on.
func orgNumber(i int) string { return benchOrgs()[i] }

var benchOrgs = sync.OnceValue(func() []string {
	var all []string
	for n := 20_000_000; len(all) < 100_000; n++ {
		first := fmt.Sprintf("%08d", n)
		if digit, ok := org.CheckDigit(first); ok {
			all = append(all, first+string(digit))
		}
	}
	return all
})

// benchSeed writes a seed of that size, and gives its name. Every client may act for every system user.
func benchSeed(b *testing.B, clients, users, resources int) string {
	b.Helper()
	var w strings.Builder
	fmt.Fprintf(&w, "version: 1\nscopes:\n  - { name: bench:read, owner: %q, access: all }\n", benchVendor)
	for scope := range strings.FieldsSeq(benchScopes) {
		fmt.Fprintf(&w, "  - { name: %q, access: all }\n", scope)
	}
	fmt.Fprintf(&w, "clients:\n")
	for i := range clients {
		fmt.Fprintf(&w, "  - { clientId: %s, org: %q, scopes: [bench:read%s], keys: [{ kid: dev, wellKnown: dev }] }\n",
			clientID(i), benchVendor, quotedScopes)
	}
	fmt.Fprintf(&w, "systems:\n  - id: %s_bench\n    vendor: %q\n    name: { nb: Bench, nn: Bench, en: Bench }\n    clientIds:\n",
		benchVendor, benchVendor)
	for i := range clients {
		fmt.Fprintf(&w, "      - %s\n", clientID(i))
	}
	fmt.Fprintf(&w, "    accessPackages: [\"urn:altinn:accesspackage:skattegrunnlag\"]\n    rights: [bench-7]\nresources:\n")
	for i := range resources {
		fmt.Fprintf(&w, "  - id: bench-%d\n    policy:\n      minimumAuthenticationLevel: 2\n      rules:\n", i)
		for rule := range 9 {
			fmt.Fprintf(&w, "        - { actions: [read], subjects: [\"urn:altinn:rolecode:R%d\"] }\n", rule)
		}
		fmt.Fprintf(&w, "        - { actions: [read, write], subjects: [\"urn:altinn:rolecode:DAGL\", \"urn:altinn:accesspackage:skattegrunnlag\"] }\n")
	}
	files := map[string]string{"world.yaml": w.String()}
	for i := range users {
		name := fmt.Sprintf("users-%d.yaml", i/25_000) // a file holds 8 MiB at most
		if i%25_000 == 0 {
			w.Reset()
			w.WriteString("version: 1\nsystemUsers:\n")
		}
		has := "rights: [bench-7]"
		if i%2 == 0 {
			has = "accessPackages: [\"urn:altinn:accesspackage:skattegrunnlag\"]"
		}
		fmt.Fprintf(&w, "  - { id: %s, system: %s_bench, owner: %q, title: Bench, %s }\n", benchUser(i), benchVendor, orgNumber(i), has)
		if i == users-1 || i%25_000 == 24_999 {
			files[name] = w.String()
		}
	}
	folder := b.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	return folder
}
