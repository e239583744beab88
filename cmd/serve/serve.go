package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"time"

	"exactlogin/cmd/serve/gateway"
	"exactlogin/cmd/serve/sandbox"
)

// serve runs until the context ends.
func (c *config) serve(ctx context.Context, stdout, stderr io.Writer) error {
	if err := c.checkBuild(); err != nil {
		return err
	}
	page, err := c.listen("-addr", c.addr)
	if err != nil {
		return err
	}
	defer page.Close()
	services := map[*http.Server]net.Listener{}
	api, people := c.api, []sandbox.Person(nil)
	sandboxURL := ""
	var control http.Handler
	if c.sandbox != "" {
		listener, err := c.listen("-sandbox", c.sandbox)
		if err != nil {
			return err
		}
		defer listener.Close()
		sandboxURL = c.url(listener)
		if api == "" {
			api, people = sandboxURL, sandbox.People()
		}
		box := sandbox.New(sandbox.Options{
			Origins: c.origins(page), Lifetime: c.lifetime, Control: c.control,
		})
		if c.control {
			control = box
		}
		services[sandboxServer(box)] = listener
	}
	site, err := c.site(api, people, control)
	if err != nil {
		return err
	}
	pages := pageServer(site)
	services[pages] = page
	var certificate tls.Certificate
	if c.tls {
		certificate, err = selfSigned(hostOf(c.addr), hostOf(c.sandbox))
		if err != nil {
			return fmt.Errorf("making a certificate: %w", err)
		}
		for server := range services {
			server.TLSConfig = &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}
		}
	}
	var partners []string
	if c.gateway != "" {
		g, err := c.openGateway(api, certificate.Leaf, services, stderr)
		if err != nil {
			return err
		}
		pages.Handler = beneath(g, site)
		partners = g.Names()
	}
	c.announce(stdout, c.url(page), sandboxURL, api)
	for _, name := range partners {
		fmt.Fprintf(stdout, "Gateway     %s%s%s/\n", c.url(page), gateway.Prefix, name)
	}
	if c.tls {
		fmt.Fprintf(stdout, "Certificate made for this run alone, SPKI SHA-256 %s\n", fingerprint(certificate))
	}
	return runAll(ctx, services, log.New(stderr, "serve: ", 0))
}

// announce prints where everything is, in lines that tests read too.
func (c *config) announce(w io.Writer, pageURL, sandboxURL, api string) {
	fmt.Fprintf(w, "Login page  %s/\n", pageURL)
	if sandboxURL != "" {
		fmt.Fprintf(w, "Sandbox API %s\n", sandboxURL)
		if c.control {
			fmt.Fprintf(w, "Control     %s/_sandbox/control\n", sandboxURL)
		}
	}
	if api != sandboxURL {
		fmt.Fprintf(w, "Signs in to %s\n", api)
		return
	}
	for _, p := range sandbox.People() {
		fmt.Fprintf(w, "Sign in as  %s / %s (%s)\n", p.Email, p.Password, p.Note)
	}
}

// drain is how long requests may take to end after the order to stop.
const drain = 5 * time.Second

// runAll serves until the context ends or a server fails, then stops all.
func runAll(ctx context.Context, services map[*http.Server]net.Listener, errorLog *log.Logger) error {
	failed := make(chan error, len(services))
	for server, listener := range services {
		server.ErrorLog = errorLog
		go func() {
			if server.TLSConfig != nil {
				failed <- server.ServeTLS(listener, "", "")
			} else {
				failed <- server.Serve(listener)
			}
		}()
	}
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
	}
	limited, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	var stopped sync.WaitGroup
	for server := range services {
		stopped.Go(func() {
			if server.Shutdown(limited) != nil {
				_ = server.Close()
			}
		})
	}
	stopped.Wait()
	return err
}

// listen opens a listener, or says which flag helps.
func (c *config) listen(flag, addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%s is in use: stop the program that uses it, or choose another with %s (port 0 takes a free one)", addr, flag)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%s is not allowed to this user: choose a port above 1023 with %s", addr, flag)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w; choose another with %s", addr, err, flag)
	}
	return listener, nil
}

// pageServer limits what slow or greedy clients can hold: a download of the
// largest file over a bad phone line is minutes, everything else is not.
func pageServer(h http.Handler) *http.Server {
	return &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		ReadTimeout:       30 * time.Second,
		WriteTimeout:      5 * time.Minute,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
	}
}

// sandboxServer has no limit for a body, which a test may hold open at will:
// such requests end with the order to stop.
func sandboxServer(h http.Handler) *http.Server {
	base, end := context.WithCancel(context.Background())
	server := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 10 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    32 << 10,
		BaseContext:       func(net.Listener) context.Context { return base },
	}
	server.RegisterOnShutdown(end)
	return server
}

// url is where a browser on this machine finds a listener: by the address
// asked for, with the port it got.
func (c *config) url(l net.Listener) string {
	host, port, _ := net.SplitHostPort(l.Addr().String())
	if ip := net.ParseIP(host); ip == nil || ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return c.origin(host, port)
}

// origin is written as browsers do: without the scheme's own port.
func (c *config) origin(host, port string) string {
	scheme, usual := "http", "80"
	if c.tls {
		scheme, usual = "https", "443"
	}
	if port == usual {
		if strings.Contains(host, ":") {
			host = "[" + host + "]"
		}
		return scheme + "://" + host
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// hostOf is the host of an address, "" if it has none.
func hostOf(addr string) string {
	host, _, _ := net.SplitHostPort(addr)
	return strings.ToLower(host)
}

// origins are how a browser may write the page's own origin, each registered
// with the demo's application.
func (c *config) origins(page net.Listener) map[string]string {
	host, port, _ := net.SplitHostPort(page.Addr().String())
	origins := map[string]string{}
	for _, name := range []string{"localhost", "127.0.0.1", "::1", host, hostOf(c.addr)} {
		if name != "" {
			origins[c.origin(name, port)] = application
		}
	}
	return origins
}

// application is what the sandbox calls the application of the login page.
const application = "exactlogin-demo"
