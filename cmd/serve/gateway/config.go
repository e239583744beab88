package gateway

import (
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/textproto"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// Kinds of upstreams.
const (
	KindSu                = "su"
	KindXCover            = "xcover"
	KindClientCredentials = "client-credentials"
)

// Environments of a partner.
const (
	Sandbox = "sandbox"
	Live    = "live"
)

// Config is a checked configuration, made by Load or Parse.
type Config struct {
	// Origins are the page's own origins, where they cannot be told from the
	// Host header: behind a proxy that ends TLS. Empty: the Host decides.
	Origins   []string
	Callers   Callers
	Upstreams map[string]*Upstream
}

// Callers says how a caller's Exact token is checked.
type Callers struct {
	API         *url.URL          // Exact's API, without a trailing slash; nil = Options.API
	Read        string            // path and query; 2xx = signed in, and one of us
	Permissions map[string]string // permission → path and query that only its holders can read
	Remember    time.Duration     // how long a good answer is trusted
}

// Upstream is one partner.
type Upstream struct {
	Kind         string
	URL          *url.URL // where calls go; its path is put before theirs
	TokenURL     *url.URL
	Environment  string // Sandbox, Live, or "" where the kind does not ask for it
	ClientID     string // as sent: for Su the Base64 of the domain
	ClientSecret Secret
	Auth         string // how a client-credentials request is sent: basic, form, json
	Scopes       []string
	Allow        []Rule
	Permission   string   // of Callers.Permissions; "" = every signed-in caller
	Validate     string   // path of the partner's check, "" = none
	Headers      []string // further header names that pass, canonical
	MaxBody      int64    // bytes of a request's body
	Timeout      time.Duration
}

// The limits and what holds where the file says nothing.
const (
	defaultRemember = 30 * time.Second
	longestRemember = 5 * time.Minute
	defaultTimeout  = 30 * time.Second
	longestTimeout  = 10 * time.Minute
	defaultMaxBody  = 1 << 20
	largestMaxBody  = 1 << 30
	largestConfig   = 1 << 20
)

// preset is what is publicly known of a partner.
type preset struct {
	hosts     map[string]string // environment → base URL
	tokenPath string
}

const xcoverHost = "https://api.xone.xcover.com"

var presets = map[string]preset{
	KindSu: {
		hosts: map[string]string{
			Sandbox: "https://connect-sandbox.su-api.com",
			Live:    "https://connect.su-api.com",
		},
		tokenPath: "/SUAPI/jservice/auth/generate-access-token",
	},
	KindXCover: {
		hosts:     map[string]string{"": xcoverHost, Live: xcoverHost}, // no sandbox host is published
		tokenPath: "/api/oauth/token",
	},
	KindClientCredentials: {},
}

// Load reads and checks a configuration file. Relative paths of secrets' files
// are taken from the file's own folder.
func Load(path string) (*Config, error) {
	file, err := os.Open(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			return nil, fmt.Errorf("gateway configuration %s: there is no such file", path)
		}
		return nil, fmt.Errorf("gateway configuration: %w", err)
	}
	defer file.Close()
	data, err := io.ReadAll(io.LimitReader(file, largestConfig+1))
	if err != nil {
		return nil, fmt.Errorf("gateway configuration: %w", err)
	}
	config, err := Parse(data, filepath.Dir(path))
	if err != nil {
		return nil, fmt.Errorf("gateway configuration %s: %w", path, err)
	}
	return config, nil
}

// Parse checks a configuration. The error names every mistake by its place in
// the document and never repeats a value, which might be a secret put in the
// wrong place.
func Parse(data []byte, folder string) (*Config, error) {
	if len(data) > largestConfig {
		return nil, fmt.Errorf("larger than %d bytes", largestConfig)
	}
	if err := syntax(data); err != nil {
		return nil, err
	}
	r := &reader{}
	config := &Config{Upstreams: map[string]*Upstream{}}
	r.object("", data, func(o *object) {
		config.Origins = o.strings("origins")
		for i, origin := range config.Origins {
			config.Origins[i] = r.origin(fmt.Sprintf("origins[%d]", i), origin)
		}
		o.object("callers", true, func(o *object) { config.Callers = r.callers(o) })
		o.object("upstreams", true, func(o *object) {
			for _, name := range o.names() {
				if !upstreamName.MatchString(name) {
					r.mistake(o.at(name), "an upstream's name is 1 to 32 of a-z, 0-9 and -, and begins with a letter or digit")
				}
				o.object(name, true, func(o *object) {
					config.Upstreams[name] = r.upstream(o, config.Callers, folder)
				})
			}
			if len(o.names()) == 0 {
				r.mistake(o.path, "no upstream is configured")
			}
		})
	})
	if err := r.err(); err != nil {
		return nil, err
	}
	return config, nil
}

var (
	upstreamName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,31}$`)
	secretEnv    = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func (r *reader) callers(o *object) Callers {
	c := Callers{
		API:         r.baseURL(o.at("api"), o.text("api", false)),
		Read:        r.readPath(o.at("read"), o.text("read", true)),
		Permissions: map[string]string{},
		Remember:    o.duration("remember", defaultRemember, 0, longestRemember),
	}
	o.object("permissions", false, func(o *object) {
		for _, name := range o.names() {
			c.Permissions[name] = r.readPath(o.at(name), o.text(name, true))
		}
	})
	return c
}

func (r *reader) upstream(o *object, callers Callers, folder string) *Upstream {
	u := &Upstream{Kind: o.choice("kind", true, KindSu, KindXCover, KindClientCredentials)}
	known := presets[u.Kind]
	if u.Kind == "" {
		o.ignore() // without a kind nothing else can be judged
		return u
	}

	// Su's tokens say which environment they are for; one is never sent to the other.
	u.Environment = o.choice("environment", u.Kind == KindSu, Sandbox, Live)

	base := known.hosts[u.Environment]
	if o.has("url") || base == "" {
		base = o.text("url", true)
	}
	u.URL = r.baseURL(o.at("url"), base)
	for environment, host := range known.hosts {
		if u.URL != nil && "https://"+u.URL.Host == host && u.Environment != "" && environment != "" && environment != u.Environment {
			r.mistake(o.at("url"), "this host is the partner's %s, the environment says %s", environment, u.Environment)
		}
	}
	switch {
	case o.has("tokenUrl") || known.tokenPath == "":
		u.TokenURL = r.baseURL(o.at("tokenUrl"), o.text("tokenUrl", true))
	case u.URL != nil:
		u.TokenURL = u.URL.JoinPath(known.tokenPath)
	}

	if u.Kind == KindSu {
		u.ClientID = base64.StdEncoding.EncodeToString([]byte(o.text("domain", true)))
	} else {
		u.ClientID = o.text("clientId", true)
	}
	u.ClientSecret = r.secret(o, "clientSecret", folder)
	u.Auth = "json"
	if u.Kind == KindClientCredentials {
		if u.Auth = o.choice("auth", false, "basic", "form", "json"); u.Auth == "" {
			u.Auth = "basic" // what RFC 6749, 2.3.1 asks every server to take
		}
		u.Scopes = o.strings("scopes")
	}

	rules := o.strings("allow")
	if len(rules) == 0 {
		r.mistake(o.at("allow"), `say what pages may call, as in ["POST /orders", "GET /orders/{id}"]`)
	}
	for i, text := range rules {
		rule, err := parseRule(text)
		if err != nil {
			r.mistake(fmt.Sprintf("%s[%d]", o.at("allow"), i), "%v", err)
		}
		u.Allow = append(u.Allow, rule)
	}
	u.Permission = o.text("permission", false)
	if u.Permission != "" && callers.Permissions[u.Permission] == "" {
		r.mistake(o.at("permission"), "callers.permissions has no read that proves it: add one under the same name")
	}
	if o.has("validate") {
		u.Validate = r.readPath(o.at("validate"), o.text("validate", true))
	}
	for i, name := range o.strings("headers") {
		name = textproto.CanonicalMIMEHeaderKey(name)
		if !validHeaderName(name) || neverPasses(name) {
			r.mistake(fmt.Sprintf("%s[%d]", o.at("headers"), i), "no header of this name may pass")
		}
		u.Headers = append(u.Headers, name)
	}
	u.MaxBody = o.integer("maxBody", defaultMaxBody, 0, largestMaxBody)
	u.Timeout = o.duration("timeout", defaultTimeout, time.Millisecond, longestTimeout)
	return u
}

// baseURL reads an absolute https URL; http is for loopback only.
func (r *reader) baseURL(path, text string) *url.URL {
	if text == "" {
		return nil // missing: told already
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Host == "" || u.Hostname() == "" || (u.Scheme != "https" && u.Scheme != "http"):
		r.mistake(path, "not an absolute https URL")
	case strings.ContainsFunc(u.Host, func(c rune) bool { return c > '~' }):
		r.mistake(path, "write the host in ASCII (xn--…), as it goes over the wire")
	case u.User != nil:
		r.mistake(path, "a URL here carries no user name and no password")
	case u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || strings.Contains(text, "#"):
		r.mistake(path, "a URL here has no query and no fragment")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		r.mistake(path, "https only: http is for this very machine (localhost, 127.0.0.1, [::1])")
	default:
		u.Path, u.RawPath = strings.TrimSuffix(u.Path, "/"), strings.TrimSuffix(u.RawPath, "/")
		if u.Path != "" {
			if _, ok := segments(u.EscapedPath()); !ok {
				r.mistake(path, "the path has empty, dot or doubly encoded parts")
				return nil
			}
		}
		return u
	}
	return nil
}

// readPath reads an absolute path with an optional query.
func (r *reader) readPath(at, text string) string {
	if text == "" {
		return ""
	}
	path, _, _ := strings.Cut(text, "?")
	u, err := url.Parse(text)
	if _, ok := segments(path); !ok || err != nil || u.Host != "" || u.Fragment != "" || strings.Contains(text, "#") {
		r.mistake(at, "not a path that begins with / (a query may follow)")
		return ""
	}
	return text
}

// origin reads a page's origin and returns it as browsers write it.
func (r *reader) origin(path, text string) string {
	u := r.baseURL(path, text)
	if u == nil {
		return ""
	}
	if u.Path != "" {
		r.mistake(path, "an origin is scheme, host and port, without a path")
	}
	return canonicalOrigin(u)
}

// secret reads where a secret lies. A secret written into the file itself is
// refused, and not repeated.
func (r *reader) secret(o *object, key, folder string) Secret {
	var s Secret
	if o.has(key) && !o.isObject(key) {
		o.take(key)
		r.mistake(o.at(key), `a secret does not belong in this file: write {"env": "NAME"} or {"file": "path"}, and replace it if it was real`)
		return s
	}
	o.object(key, true, func(o *object) {
		s.env, s.file = o.text("env", false), o.text("file", false)
		if (s.env == "") == (s.file == "") {
			r.mistake(o.path, `give one of "env" (the name of an environment variable) and "file"`)
		}
		if s.env != "" && !secretEnv.MatchString(s.env) {
			r.mistake(o.at("env"), "the name of an environment variable is letters, digits and _")
		}
	})
	if s.file != "" && !filepath.IsAbs(s.file) {
		s.file = filepath.Join(folder, s.file)
	}
	return s
}
