package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// patience is how long a wait for a condition may take: far longer than anything takes on a loaded machine, so that a
// test fails by it only when the condition never comes.
const patience = 30 * time.Second

// server is a `serve` process with its sandbox, alone with one test.
type server struct {
	t *testing.T
	// page and sandbox are origins, without a trailing slash.
	page, sandbox string
	control       string
	out           *output
}

// newServer starts `serve` on free ports. flags are added to the command line.
func newServer(t *testing.T, flags ...string) *server {
	t.Helper()
	s := &server{t: t, out: &output{changed: make(chan struct{}, 1)}}
	cmd := exec.Command(filepath.Join(root, ".build", "serve"),
		append([]string{"-addr", "127.0.0.1:0", "-sandbox", "127.0.0.1:0", "-control"}, flags...)...)
	cmd.Dir = root
	cmd.Stdout, cmd.Stderr = s.out, s.out
	dieWithParent(cmd)

	started, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		// The process dies with the thread that started it, so this thread must last as long.
		runtime.LockOSThread()
		err := cmd.Start()
		started <- err
		if err == nil {
			ended <- cmd.Wait()
		}
	}()
	if err := <-started; err != nil {
		t.Fatalf("starting serve: %v", err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		<-ended
		if t.Failed() {
			t.Logf("serve printed:\n%s", s.out)
		}
	})

	limit := time.After(patience)
	for {
		s.page = s.out.url("Login page")
		s.sandbox = s.out.url("Sandbox API")
		s.control = s.out.url("Control")
		if s.page != "" && s.sandbox != "" && s.control != "" {
			return s
		}
		select {
		case <-s.out.changed:
		case err := <-ended:
			ended <- err
			t.Fatalf("serve ended before it was ready: %v\n%s", err, s.out)
		case <-limit:
			t.Fatalf("serve did not print its addresses:\n%s", s.out)
		}
	}
}

// switches are those of the sandbox's control endpoint.
type switches map[string]any

// set changes some of the sandbox's switches.
func (s *server) set(values switches) {
	s.t.Helper()
	s.call("PATCH", s.control, values, nil)
}

// request is one line of the sandbox's log.
type request struct {
	Method  string              `json:"method"`
	Path    string              `json:"path"`
	Query   string              `json:"query"`
	Headers map[string][]string `json:"headers"`
	Body    string              `json:"body"`
	Status  int                 `json:"status"`
}

// header returns a header's values whatever the log's spelling of its name.
func (r request) header(name string) []string {
	for n, v := range r.Headers {
		if strings.EqualFold(n, name) {
			return v
		}
	}
	return nil
}

// requests returns what the sandbox got so far by this method for this path, preflights apart. An empty method or path
// matches all.
func (s *server) requests(method, path string) []request {
	s.t.Helper()
	var all, found []request
	s.call("GET", s.sandbox+"/_sandbox/log", nil, &all)
	for _, r := range all {
		if r.Method != "OPTIONS" && (method == "" || r.Method == method) && (path == "" || r.Path == path) {
			found = append(found, r)
		}
	}
	return found
}

// tokens returns every token that reached the sandbox.
func (s *server) tokens() []string {
	s.t.Helper()
	var found []string
	seen := map[string]bool{}
	for _, r := range s.requests("", "") {
		for _, token := range r.header("Authorization") {
			if !seen[token] {
				seen[token] = true
				found = append(found, token)
			}
		}
	}
	return found
}

// call makes a JSON request of the control endpoint.
func (s *server) call(method, url string, in, out any) {
	s.t.Helper()
	var body io.Reader
	if in != nil {
		data, err := json.Marshal(in)
		if err != nil {
			s.t.Fatal(err)
		}
		body = bytes.NewReader(data)
	}
	req, err := http.NewRequest(method, url, body)
	if err != nil {
		s.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := (&http.Client{Timeout: patience}).Do(req)
	if err != nil {
		s.t.Fatalf("control: %v", err)
	}
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatalf("control: %v", err)
	}
	if res.StatusCode/100 != 2 {
		s.t.Fatalf("control: %s %s answered %d: %s", method, url, res.StatusCode, data)
	}
	if out != nil {
		if err := json.Unmarshal(data, out); err != nil {
			s.t.Fatalf("control: %s %s: %v in %s", method, url, err, data)
		}
	}
}

// output collects what a process prints.
type output struct {
	mu      sync.Mutex
	buf     bytes.Buffer
	changed chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.buf.Write(p)
	select {
	case o.changed <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.buf.String()
}

// url returns the URL of a complete line that starts with this label, without its trailing slash.
func (o *output) url(label string) string {
	text := o.String()
	text = text[:strings.LastIndex(text, "\n")+1]
	lines := bufio.NewScanner(strings.NewReader(text))
	for lines.Scan() {
		if rest, ok := strings.CutPrefix(strings.TrimSpace(lines.Text()), label); ok {
			if fields := strings.Fields(rest); len(fields) > 0 && strings.HasPrefix(fields[0], "http") {
				return strings.TrimSuffix(fields[0], "/")
			}
		}
	}
	return ""
}
