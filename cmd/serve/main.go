// Command serve offers the login page, what pages embed (web/dist) and the
// examples, together with a sandbox that stands in for Exact's API on an
// origin of its own. Run it with -h for its flags.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// run is the whole command; it returns the exit status: 0 after a graceful
// stop, 1 when it could not do its work, 2 when it was called wrongly.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	if len(args) > 0 && args[0] == "export" {
		return runExport(args[1:], stdout, stderr)
	}
	c, status := parse(args, stdout, stderr)
	if c == nil {
		return status
	}
	if err := c.serve(ctx, stdout, stderr); err != nil {
		complain(stderr, err)
		return 1
	}
	return 0
}
