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
	if err := c.openFiles(); err != nil {
		return err
	}
	page, err := c.listen("-addr", c.addr)
	if err != nil {
		return err
	}
	defer page.Close()
	services := map[*http.Server]net.Listener{} // besides the pages'
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
	site, err := c.site(api, people, control != nil)
	if err != nil {
		return err
	}
	o := newObserver(c.log, stderr)
	secure, certificate, err := c.secure(o)
	if err != nil {
		return err
	}
	for server := range services {
		server.TLSConfig = secure.Clone()
	}
	var partners []string
	var g http.Handler
	if c.gateway != "" {
		opened, err := c.openGateway(api, certificate.Leaf, services, o.messages)
		if err != nil {
			return err
		}
		g, partners = opened, opened.Names()
	}
	pages := c.pages(page, secure, site, g, control, o)
	metricsURL := ""
	if c.metrics != "" {
		listener, err := c.listen("-metrics", c.metrics)
		if err != nil {
			return err
		}
		defer listener.Close()
		metricsURL = "http://" + listener.Addr().String()
		services[metricsServer(o, pages.front)] = listener
	}
	c.announce(stdout, c.url(page), sandboxURL, api)
	for _, name := range partners {
		fmt.Fprintf(stdout, "Gateway     %s%s%s/\n", c.url(page), gateway.Prefix, name)
	}
	if metricsURL != "" {
		fmt.Fprintf(stdout, "Metrics     %s/metrics\n", metricsURL)
	}
	if c.tls && c.certFile == "" {
		fmt.Fprintf(stdout, "Certificate made for this run alone, SPKI SHA-256 %s\n", fingerprint(certificate))
	}
	return runAll(ctx, pages, services, o.errors())
}

// secure is the configuration of TLS, nil without, and the certificate if it
// was made on the spot.
func (c *config) secure(o *observer) (*tls.Config, tls.Certificate, error) {
	switch {
	case c.certFile != "":
		files, err := loadCertificate(c.certFile, c.keyFile, func(err error) { o.messages.Error("the old certificate stays", "error", err) })
		if err != nil {
			return nil, tls.Certificate{}, err
		}
		return &tls.Config{GetCertificate: files.get, MinVersion: tls.VersionTLS12}, tls.Certificate{}, nil
	case c.tls:
		certificate, err := selfSigned(hostOf(c.addr), hostOf(c.sandbox))
		if err != nil {
			return nil, certificate, fmt.Errorf("making a certificate: %w", err)
		}
		return &tls.Config{Certificates: []tls.Certificate{certificate}, MinVersion: tls.VersionTLS12}, certificate, nil
	}
	return nil, tls.Certificate{}, nil
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
func runAll(ctx context.Context, pages *pages, services map[*http.Server]net.Listener, errorLog *log.Logger) error {
	failed := make(chan error, len(services)+1)
	go func() { failed <- pages.serve() }()
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
	stop := func(server *http.Server) {
		stopped.Go(func() {
			if server.Shutdown(limited) != nil {
				_ = server.Close()
			}
		})
	}
	for server := range services {
		stop(server)
	}
	pages.front.Drain(limited)
	for _, server := range pages.servers {
		stop(server)
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
