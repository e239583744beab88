package exact

import (
	"strconv"
	"strings"
)

// Caps on what an error keeps of a 400's body.
const (
	maxIssues  = 20
	maxMessage = 300 // bytes
	maxPath    = 10  // steps
)

// Issue is one finding of a 400's body: Exact checks requests with Zod.
type Issue struct {
	Code    string
	Path    string // "email", "address.0.line"
	Message string
}

// ReadIssues reads both documented shapes, {"issues": [...], "name":
// "ZodError"} and the bare list; whatever else the body is, it has no issues.
func ReadIssues(body any) []Issue {
	entries, isList := body.([]any)
	if !isList {
		object, _ := body.(map[string]any)
		entries, _ = object["issues"].([]any)
	}
	var issues []Issue
	for _, entry := range entries {
		object, ok := entry.(map[string]any)
		if !ok || len(issues) == maxIssues {
			continue
		}
		code, _ := object["code"].(string)
		message, _ := object["message"].(string)
		path, _ := object["path"].([]any)
		issue := Issue{Code: cut(code), Message: cut(message), Path: joinPath(path)}
		if issue != (Issue{}) {
			issues = append(issues, issue)
		}
	}
	return issues
}

func joinPath(path []any) string {
	var b strings.Builder
	for i, step := range path[:min(len(path), maxPath)] {
		if i > 0 {
			b.WriteByte('.')
		}
		switch step := step.(type) {
		case string:
			b.WriteString(cut(step))
		case float64:
			b.WriteString(strconv.FormatFloat(step, 'g', -1, 64))
		}
	}
	return cut(b.String())
}

// cut shortens s to maxMessage bytes, never within a character.
func cut(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	return strings.ToValidUTF8(s[:maxMessage], "")
}
