package gateway

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// The documentation's configuration is accepted as it stands, and its table of
// codes has all of them.
func TestDocs(t *testing.T) {
	data, err := os.ReadFile("../../../docs/gateway.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(data)
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(text, -1)
	if len(blocks) != 2 {
		t.Fatalf("%d JSON blocks, want the configuration and a status", len(blocks))
	}
	config, err := Parse([]byte(blocks[0][1]), ".")
	if err != nil || len(config.Upstreams) != 3 {
		t.Errorf("the configuration is not accepted: %v", err)
	}
	decoder := json.NewDecoder(strings.NewReader(blocks[1][1]))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(new(Status)); err != nil {
		t.Errorf("the status is none: %v", err)
	}

	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		source, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range regexp.MustCompile(`(?:refuse|unreachable)\([^"()]*"([a-z-]+)"`).FindAllSubmatch(source, -1) {
			found++
			if !strings.Contains(text, "`"+string(match[1])+"`") {
				t.Errorf("the documentation lacks the code %s", match[1])
			}
		}
	}
	if found < 20 {
		t.Errorf("found %d codes in the source: the search is broken", found)
	}
}
