//go:build js && wasm

package webapi

import (
	"exactlogin/wasm/client"
	"exactlogin/wasm/exact"
)

// The names in this file are those of web/src/program.ts. Values are limited
// to what safejs.ValueOf takes: []any, map[string]any and scalars.

func exportRequest(r client.Request) map[string]any {
	return map[string]any{
		"method":    r.Method,
		"url":       r.URL,
		"timeout":   r.Timeout,
		"authorize": r.Authorize,
		"headers":   exportPairs(r.Headers),
		"body":      exportText(r.Body),
		"password":  r.Password,
		"takeToken": r.TakeToken,
		"keepalive": r.KeepAlive,
	}
}

func exportSnapshot(s client.Snapshot) map[string]any {
	return map[string]any{
		"epoch":       s.Epoch,
		"sequence":    s.Sequence,
		"state":       s.State,
		"user":        s.User,
		"account":     s.Account,
		"accountType": s.AccountType,
		"application": s.Application,
		"mode":        s.Mode,
		"permissions": exportList(s.Permissions),
		"accounts":    exportList(s.Accounts),
		"deadline":    s.Deadline,
		"remaining":   s.Remaining,
		"canExtend":   s.CanExtend,
		"suspect":     s.Suspect,
		"reason":      s.Reason,
		"cause":       s.Cause,
	}
}

func exportPass(p client.Pass) map[string]any {
	return map[string]any{
		"secret":    p.Secret,
		"epoch":     p.Epoch,
		"start":     p.Start,
		"refuse":    string(p.Refuse),
		"cacheable": p.Cacheable,
	}
}

func exportProblem(p *client.Problem) any {
	if p == nil {
		return nil
	}
	return map[string]any{"code": string(p.Code), "message": p.Message, "option": p.Option}
}

func exportError(err *exact.Error) map[string]any {
	issues := make([]any, len(err.Issues))
	for i, issue := range err.Issues {
		issues[i] = map[string]any{"code": issue.Code, "path": issue.Path, "message": issue.Message}
	}
	return map[string]any{
		"code":       string(err.Code),
		"phase":      err.Phase,
		"message":    err.Message,
		"retryable":  err.Retryable,
		"status":     err.Status,
		"retryAfter": err.RetryAfter,
		"offline":    err.Offline,
		"issues":     issues,
	}
}

func exportList(list []string) []any {
	exported := make([]any, len(list))
	for i, s := range list {
		exported[i] = s
	}
	return exported
}

func exportPairs(pairs [][2]string) []any {
	exported := make([]any, len(pairs))
	for i, pair := range pairs {
		exported[i] = []any{pair[0], pair[1]}
	}
	return exported
}

// exportText returns null for no text: an empty body is a body.
func exportText(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}
