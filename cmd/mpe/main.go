// Command mpe is Maskinporten and Altinn system users on your machine, for testing only.
package main

import (
	"context"
	"crypto/rand"
	"os"
	"os/signal"
	"syscall"
	"time"

	"mpe/compose"
)

// version is set by the linker.
var version = "devel"

func main() {
	compose.QuietRedis()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	a := &app{
		Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr,
		LookupEnv: os.LookupEnv, Now: time.Now, Rand: rand.Reader, Version: version, SeedFolder: seedFolder,
	}
	code := a.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}
