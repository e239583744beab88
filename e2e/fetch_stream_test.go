package e2e

import (
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/heapprofiler"
	"github.com/chromedp/cdproto/runtime"
)

// spring is a server of one long answer, on an origin of its own that every page may read.
type spring struct {
	url  string
	sent atomic.Int64
}

func newSpring(t *testing.T, size int64) *spring {
	t.Helper()
	s := &spring{}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Access-Control-Allow-Origin", "*")
		h.Set("Access-Control-Allow-Headers", "authorization")
		if r.Method == http.MethodOptions {
			return
		}
		block := make([]byte, 64<<10)
		for left := size; left > 0; {
			n, err := w.Write(block[:min(left, int64(len(block)))])
			s.sent.Add(int64(n))
			left -= int64(n)
			if err != nil {
				return // the page has gone
			}
		}
	}))
	t.Cleanup(server.Close)
	s.url = server.URL
	return s
}

// rest waits until the server has sent nothing for a while, and returns how much it sent.
func (s *spring) rest(t *testing.T) int64 {
	t.Helper()
	last, since := s.sent.Load(), time.Now()
	eventually(t, "the server to pause", func() bool {
		if now := s.sent.Load(); now != last {
			last, since = now, time.Now()
		}
		return last > 0 && time.Since(since) > time.Second
	})
	return last
}

// reads are page functions: begin opens the long answer, read reads on until it has so many bytes.
const reads = `
	globalThis.begin = async (url) => {
		globalThis.reader = (await exact.fetch(url)).body.getReader();
		globalThis.total = 0;
	};
	globalThis.read = async (until) => {
		while (total < until) {
			const { done, value } = await reader.read();
			if (done) return "done";
			total += value.byteLength;
		}
		return "more";
	};`

func TestF2_aSlowReaderSlowsTheServerDown(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		const size = 256 << 20
		long := newSpring(t, size)
		p := newBrowser(t, newServer(t, "-connect", long.url)).besides(i, options{"allow": []string{long.url}})
		p.do(reads+`await begin(args[0]); await read(1);`, long.url)
		// Chromium itself takes some 64 MB of its own accord; what is ours is one or two.
		if sent := long.rest(t); sent > size/2 {
			t.Errorf("the server could send %d MB that nobody read", sent>>20)
		}
		if end := eval[string](p, `const end = await read(Infinity); return end + " " + total;`); end != "done 268435456" {
			t.Errorf("reading on gave %q, want all 268435456 bytes", end)
		}
	})
}

func TestF2_aBodyForgottenClosesItsConnection(t *testing.T) {
	s := newServer(t)
	b := newBrowser(t, s)
	p := b.besides(inWorker, nil)
	p.do(`const { status } = await exact.fetch(exact.api + "/_fixture/gate/forgotten"); if (status !== 200) throw new Error(status);`)
	eventually(t, "the connection of a body that nobody can read any more to close", func() bool {
		call(p, heapprofiler.CollectGarbage, cdp.Empty{})
		var state struct {
			Closed bool `json:"closed"`
		}
		s.call("GET", s.sandbox+"/_fixture/gate/forgotten/state", nil, &state)
		return state.Closed
	})
}

func TestF2_aHundredMegabytesPassInFlatMemory(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		const size = 100 << 20
		long := newSpring(t, size)
		b := newBrowser(t, newServer(t, "-connect", long.url))
		p := b.besides(i, options{"allow": []string{long.url}})
		realms := []*realm{p}
		if i == inWorker {
			realms = append(realms, b.worker())
		}
		p.do(reads+`await begin(args[0]);`, long.url)
		for until := 10 << 20; ; until += 10 << 20 {
			end := eval[string](p, `return read(args[0]);`, until)
			var held float64
			for _, r := range realms {
				call(r, heapprofiler.CollectGarbage, cdp.Empty{})
				held += float64(call(r, runtime.GetHeapUsage, cdp.Empty{}).BackingStorageSize)
			}
			// The wasm's memory is in it, some megabytes.
			if held > 60<<20 {
				t.Errorf("after %d MB the page and the worker hold %.0f MB of buffers", until>>20, held/(1<<20))
			}
			if end == "done" {
				break
			}
		}
		if total := eval[int](p, `return total;`); total != size {
			t.Errorf("%d bytes came, want %d", total, size)
		}
	})
}

func TestF2_aLargeBlobIsUploadedWhole(t *testing.T) {
	each(t, func(t *testing.T, i isolation) {
		var got atomic.Int64
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h := w.Header()
			h.Set("Access-Control-Allow-Origin", "*")
			h.Set("Access-Control-Allow-Headers", "authorization, content-type")
			if r.Method == http.MethodOptions {
				return
			}
			n, _ := io.Copy(io.Discard, r.Body)
			got.Store(n)
		}))
		t.Cleanup(server.Close)
		p := newBrowser(t, newServer(t, "-connect", server.URL)).besides(i, options{"allow": []string{server.URL}})
		p.do(`
			const part = new Blob([new Uint8Array(1 << 20)]);
			const form = new FormData();
			form.append("file", new File(Array(50).fill(part), "large.bin"));
			await (await exact.fetch(args[0], { method: "POST", body: form })).text();`, server.URL)
		if n := got.Load(); n < 50<<20 || n > 51<<20 {
			t.Errorf("the server got %d bytes, want 50 MB and a few of the form's own", n)
		}
	})
}
