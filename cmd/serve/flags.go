package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"regexp"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"exactlogin/cmd/serve/sandbox"
)

// version is stamped by the linker: -ldflags "-X main.version=1.2.3".
var version = ""

const usage = `serve offers the exactlogin login page, the files that pages embed, and a sandbox of Exact's API.

Usage:

  serve [flags]
  serve export -api API DIR             write the site, and headers for other servers; -h tells more

Examples:

  serve                                 the login page on 127.0.0.1:8080, with the sandbox on 127.0.0.1:8081
  serve -addr 127.0.0.1:0 -sandbox 127.0.0.1:0
                                        the same on free ports; the addresses are printed
  serve -lifetime 2m                    sessions end after two minutes of inactivity
  serve -api sandbox                    sign in to Exact's own sandbox; nothing is simulated
  serve -gateway demo                   pages reach partners through /gateway/, here stand-ins of them
  serve -tls                            HTTPS and HTTP/2, with a certificate made on the spot
  serve -addr :443 -tls-cert site.pem -tls-key site.key -api production -log json -metrics 127.0.0.1:9090
                                        as one would run it for others

Flags:

`

// presets are Exact's own environments.
var presets = map[string]string{
	"sandbox":    "https://api.exactpaysandbox.com",
	"production": "https://api-p2.exactpay.com",
}

// config is what the flags say.
type config struct {
	addr     string
	sandbox  string // "" = none
	api      string // base URL, "" = the sandbox that runs here
	connect  []string
	lifetime time.Duration
	root     string
	control  bool
	tls      bool
	certFile string // "" = made on the spot, if tls
	keyFile  string
	gateway  string // "" = none
	log      string // one of logForms
	metrics  string // "" = none
	most     int    // connections

	files    fs.FS // what root holds, or what is embedded
	embedded bool
}

// parse reads the flags. Without a config there is nothing to serve, and the
// exit status says whether that is well.
func parse(args []string, stdout, stderr io.Writer) (*config, int) {
	c := new(config)
	showVersion := false
	flags := flag.NewFlagSet("serve", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // one line of our own instead of a page
	flags.StringVar(&c.addr, "addr", "127.0.0.1:8080", "`address` of the login page and the files; port 0 takes a free one")
	flags.StringVar(&c.sandbox, "sandbox", "127.0.0.1:8081", "`address` of the sandbox; empty for none")
	flags.StringVar(&c.api, "api", "", "the `API` that the login page talks to: sandbox or production (Exact's own), or a base URL; default the sandbox of -sandbox")
	flags.Func("connect", "another `origin` that the worker may connect to; can be repeated", c.addOrigin)
	flags.DurationVar(&c.lifetime, "lifetime", sandbox.DefaultLifetime, "after how long without use the sandbox ends a session")
	flags.StringVar(&c.root, "root", "", "`directory` that holds web/ and app/; default what is embedded, or the current directory")
	flags.BoolVar(&c.control, "control", false, "let tests steer the sandbox, and read what it was sent; never where strangers can reach it")
	flags.BoolVar(&c.tls, "tls", false, "HTTPS and HTTP/2 with a certificate made on the spot, for page and sandbox")
	flags.StringVar(&c.gateway, "gateway", "", "configuration `file` of the gateway to partners, or demo for stand-ins beside the sandbox; see docs/gateway.md")
	flags.StringVar(&c.certFile, "tls-cert", "", "`file` of a certificate and its chain (PEM), for HTTPS and HTTP/2; read again when it changes")
	flags.StringVar(&c.keyFile, "tls-key", "", "`file` of the certificate's key (PEM)")
	flags.StringVar(&c.log, "log", "off", "a line on standard error for each request: text, json or off")
	flags.StringVar(&c.metrics, "metrics", "", "`address` of /metrics (Prometheus) and /healthz, for nobody but yourself; empty for none")
	flags.IntVar(&c.most, "connections", 4096, "how many connections the pages' address takes at once")
	flags.BoolVar(&showVersion, "version", false, "print the version")

	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stdout, usage)
		flags.SetOutput(stdout)
		flags.PrintDefaults()
		return nil, 0
	case err == nil && showVersion:
		fmt.Fprintln(stdout, "exactlogin serve", versionText())
		return nil, 0
	case err == nil:
		given := map[string]bool{}
		flags.Visit(func(f *flag.Flag) { given[f.Name] = true })
		err = c.check(flags.Args(), given)
	}
	if err != nil {
		complain(stderr, fmt.Errorf("%w (serve -h lists the flags)", err))
		return nil, 2
	}
	return c, 0
}

// check completes the flags, and says what is wrong with them.
func (c *config) check(rest []string, given map[string]bool) error {
	if len(rest) > 0 {
		return fmt.Errorf("%q is not a flag", rest[0])
	}
	if given["api"] && !given["sandbox"] {
		c.sandbox = "" // nobody would talk to it
	}
	if err := c.readAPI(); err != nil {
		return err
	}
	for name, addr := range map[string]string{"-addr": c.addr, "-sandbox": c.sandbox, "-metrics": c.metrics} {
		if _, _, err := net.SplitHostPort(addr); err != nil && (name == "-addr" || addr != "") {
			return fmt.Errorf("%s: %q is not an address such as 127.0.0.1:8080", name, addr)
		}
	}
	switch {
	case c.sandbox == "" && c.api == "":
		return errors.New("there is no API without a sandbox: say which with -api")
	case c.sandbox == "" && c.control:
		return errors.New("-control steers the sandbox, and there is none")
	case c.sandbox == "" && c.gateway == gatewayDemo:
		return errors.New("-gateway demo works with the sandbox, and there is none: name a configuration file")
	case (c.certFile == "") != (c.keyFile == ""):
		return errors.New("-tls-cert and -tls-key go together")
	case c.tls && c.certFile != "":
		return errors.New("-tls makes a certificate on the spot; leave it out with -tls-cert")
	case !slices.Contains(logForms, c.log):
		return fmt.Errorf("-log: %q is not one of %s", c.log, strings.Join(logForms, ", "))
	case c.most < 1:
		return fmt.Errorf("-connections: %d is not a number of connections", c.most)
	case c.lifetime < time.Millisecond:
		return fmt.Errorf("-lifetime: %v is not a time to live", c.lifetime)
	}
	c.tls = c.tls || c.certFile != ""
	return nil
}

// addOrigin is the flag -connect.
func (c *config) addOrigin(value string) error {
	origin, err := parseAPI(value)
	if err == nil {
		c.connect = append(c.connect, originOf(origin))
	}
	return err
}

// readAPI makes a URL of what -api says.
func (c *config) readAPI() error {
	if preset, ok := presets[c.api]; ok {
		c.api = preset
	} else if c.api != "" {
		api, err := parseAPI(c.api)
		if err != nil {
			return fmt.Errorf("-api: %w", err)
		}
		c.api = api
	}
	return nil
}

// hostShape leaves out what is no host, and would mean something else in a
// Content-Security-Policy.
var hostShape = regexp.MustCompile(`^(?i:[a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]+)?$`)

// parseAPI accepts a base URL, https or on a loopback host, as the client does.
func parseAPI(text string) (string, error) {
	u, err := url.Parse(text)
	if err != nil || !hostShape.MatchString(u.Host) || u.User != nil || u.RawQuery != "" || u.Fragment != "" || u.Opaque != "" {
		return "", fmt.Errorf("%q is not sandbox, production or a URL such as https://api.example.com", text)
	}
	if u.Scheme != "https" && !(u.Scheme == "http" && isLoopback(u.Hostname())) {
		return "", fmt.Errorf("%q: expected https, or http on a loopback host", text)
	}
	return strings.TrimRight(u.Scheme+"://"+strings.ToLower(u.Host)+u.EscapedPath(), "/"), nil
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	host = strings.ToLower(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || ip != nil && ip.IsLoopback()
}

// originOf is the origin of a URL that parseAPI made.
func originOf(base string) string {
	u, _ := url.Parse(base)
	return u.Scheme + "://" + u.Host
}

// versionText is the stamped version, or where the source came from.
func versionText() string {
	if version != "" {
		return version
	}
	revision := "unknown revision"
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				revision = setting.Value
			}
		}
	}
	return "(development, " + revision + ")"
}

// complain writes an error as one line.
func complain(w io.Writer, err error) {
	fmt.Fprintln(w, "serve:", strings.Join(strings.Fields(err.Error()), " "))
}
