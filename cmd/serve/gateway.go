package main

import (
	"crypto/x509"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"strings"

	"exactlogin/cmd/serve/gateway"
	"exactlogin/cmd/serve/gateway/standin"
	"exactlogin/cmd/serve/sandbox"
)

// gatewayDemo is -gateway's word for stand-ins of the partners.
const gatewayDemo = "demo"

// openGateway makes the gateway of -gateway. Stand-ins become services like
// the others. trust is the certificate made for this run, if there is one.
func (c *config) openGateway(api string, trust *x509.Certificate, services map[*http.Server]net.Listener, logs io.Writer) (*gateway.Gateway, error) {
	options := gateway.Options{API: api, Logger: slog.New(slog.NewTextHandler(logs, nil))}
	if trust != nil {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		pool.AddCert(trust)
		options.Trust = pool
	}
	if c.gateway != gatewayDemo {
		config, err := gateway.Load(c.gateway)
		if err != nil {
			return nil, err
		}
		return gateway.New(config, options)
	}

	demo := standin.NewDemo(sandbox.MainAccount)
	for handler, setURL := range demo.Servers() {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		services[sandboxServer(handler)] = listener
		setURL("http://" + listener.Addr().String())
	}
	config, err := gateway.Parse(demo.Config(), ".")
	if err != nil {
		return nil, err
	}
	options.LookupEnv = func(name string) (string, bool) {
		if secret, ok := demo.Secret(name); ok {
			return secret, true
		}
		return os.LookupEnv(name)
	}
	return gateway.New(config, options)
}

// beneath serves the gateway in front of the site. It looks at the path as it
// came: a router would clean it first.
func beneath(g, site http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.EscapedPath(), gateway.Prefix) {
			g.ServeHTTP(w, r)
			return
		}
		site.ServeHTTP(w, r)
	})
}
