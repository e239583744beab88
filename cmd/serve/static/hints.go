package static

import (
	"io/fs"
	"path"
	"regexp"
	"strings"
)

var (
	comment   = regexp.MustCompile(`(?s)<!--.*?-->`)
	tag       = regexp.MustCompile(`(?i)<(script|link)\b([^>]*)>`)
	attribute = regexp.MustCompile(`(?i)([a-z-]+)(?:="([^"]*)")?`)
	local     = regexp.MustCompile(`^/?(?:[A-Za-z0-9_~-][A-Za-z0-9._~-]*/)*[A-Za-z0-9_~-][A-Za-z0-9._~-]*$`)
	imported  = regexp.MustCompile(`\b(?:from|import)\s*"\./([A-Za-z0-9._-]+)"`)
)

// hints are values of Link for what a page loads first: its scripts, what its
// modules import, its style sheets. open reads a file by the path of its URL.
func hints(page []byte, open func(urlPath string) []byte) []string {
	var found []string
	add := func(target, relation string) {
		value := "<" + target + ">; " + relation
		for _, former := range found {
			if former == value {
				return
			}
		}
		found = append(found, value)
	}
	for _, m := range tag.FindAllStringSubmatch(comment.ReplaceAllString(string(page), ""), -1) {
		attributes := map[string]string{}
		for _, a := range attribute.FindAllStringSubmatch(m[2], -1) {
			attributes[strings.ToLower(a[1])] = a[2]
		}
		source, sheet := attributes["src"], attributes["href"]
		switch {
		case strings.EqualFold(m[1], "link"):
			if attributes["rel"] == "stylesheet" && local.MatchString(sheet) {
				add(sheet, "rel=preload; as=style")
			}
		case !local.MatchString(source):
		case attributes["type"] == "module":
			add(source, "rel=modulepreload")
			if !strings.HasPrefix(source, "/") {
				continue
			}
			for _, i := range imported.FindAllSubmatch(open(source), -1) {
				add(path.Join(path.Dir(source), string(i[1])), "rel=modulepreload")
			}
		case attributes["type"] == "":
			add(source, "rel=preload; as=script")
		}
	}
	return found
}

// content reads a file by the path of its URL; nil if there is none.
func (s *Site) content(urlPath string) []byte {
	mount, name, ok := s.find(urlPath)
	if !ok {
		return nil
	}
	b, _ := fs.ReadFile(mount.Files, name)
	return b
}
