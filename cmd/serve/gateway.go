package main

import (
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"os"

	"exactlogin/cmd/serve/gateway"
	"exactlogin/cmd/serve/gateway/standin"
	"exactlogin/cmd/serve/sandbox"
)

// gatewayDemo is -gateway's word for stand-ins of the partners.
const gatewayDemo = "demo"

// openGateway makes the gateway of -gateway. Stand-ins become services like
// the others. trust is the certificate made for this run, if there is one.
func (c *config) openGateway(api string, trust *x509.Certificate, services map[*http.Server]net.Listener, logger *slog.Logger) (*gateway.Gateway, error) {
	options := gateway.Options{API: api, Logger: logger}
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
