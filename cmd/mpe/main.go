// Command mpe is Maskinporten and Altinn system users on your machine, for testing only.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"
	"time"

	"mpe/compose"
)

// version is set by the linker.
var version = "devel"

func main() {
	compose.QuietRedis()
	collectLessOften()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	a := &app{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		LookupEnv: os.LookupEnv, Now: time.Now, Rand: rand.Reader, Version: version, SeedFolder: seedFolder,
	}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// collectLessOften lets the heap grow to three times of what is in use, where GOGC does not say otherwise. What is in use is
// small beside what each token leaves behind: with Go's two times the collector runs several times a second.
func collectLessOften() {
	if _, set := os.LookupEnv("GOGC"); !set {
		debug.SetGCPercent(200)
	}
}
