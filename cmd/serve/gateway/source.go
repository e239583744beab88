package gateway

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"golang.org/x/oauth2"
)

const (
	tokenTimeout    = 10 * time.Second
	largestAnswer   = 64 << 10        // bytes of a token endpoint's answer
	assumedLifetime = 5 * time.Minute // where the partner does not say how long its token lives
	longestLifetime = 24 * time.Hour
)

// A source asks a partner for a token, each time it is called; tokens keeps
// what it brings. It is an oauth2.TokenSource. Every token's Expiry is set and
// its Extra("claims") is Claims.
type source struct {
	upstream *Upstream
	secret   func() (string, error)
	client   *http.Client
	now      func() time.Time
}

// An answer is a token endpoint's, of any kind.
type answer struct {
	Token, Type, Scope string
	ExpiresIn          json.RawMessage
}

// Token asks for a new token. Its errors are *problem.
func (s *source) Token() (*oauth2.Token, error) {
	// No caller's context: all callers wait for this one request, and one that
	// gives up must not end it for the others.
	ctx, cancel := context.WithTimeout(context.Background(), tokenTimeout)
	defer cancel()
	request, err := s.request(ctx)
	if err != nil {
		return nil, refuse(http.StatusBadGateway, "token-unavailable", "the gateway's secret cannot be read: the server's log says more")
	}
	start := s.now() // the life of a token begins no later than we asked for it
	response, err := s.client.Do(request)
	if err != nil {
		return nil, unreachable(err, "token-unavailable", "the partner's token endpoint")
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, largestAnswer+1))
	if err != nil {
		return nil, unreachable(err, "token-unavailable", "the partner's token endpoint")
	}
	if status := response.StatusCode; status < 200 || status > 299 {
		p := refuse(http.StatusBadGateway, "token-unavailable", "the partner's token endpoint answered %d", status)
		if status >= 400 && status < 500 && status != http.StatusRequestTimeout && status != http.StatusTooManyRequests {
			p.code, p.detail = "token-refused", p.detail+": the client id, the secret or the URL in the gateway's configuration is wrong"
		}
		p.retryAfter = retryAfter(response.Header, start)
		return nil, p
	}
	a, ok := s.read(body)
	if !ok || len(body) > largestAnswer {
		return nil, refuse(http.StatusBadGateway, "token-refused", "the partner's token endpoint answered without a usable token")
	}
	return s.check(a, start)
}

func (s *source) request(ctx context.Context) (*http.Request, error) {
	u := s.upstream
	secret, err := s.secret()
	if err != nil {
		return nil, err
	}
	if u.Kind == KindSu {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, u.TokenURL.String(), nil)
		if err != nil {
			return nil, err
		}
		request.Header.Set("Accept", "application/json")
		request.Header.Set("client-id", u.ClientID)
		request.Header.Set("client-secret", secret)
		return request, nil
	}

	fields := map[string]string{"grant_type": "client_credentials"}
	if len(u.Scopes) > 0 {
		fields["scope"] = strings.Join(u.Scopes, " ")
	}
	if u.Auth != "basic" {
		fields["client_id"], fields["client_secret"] = u.ClientID, secret
	}
	var body []byte
	contentType := "application/json"
	if u.Auth == "json" {
		if body, err = json.Marshal(fields); err != nil {
			return nil, err
		}
	} else {
		contentType = "application/x-www-form-urlencoded"
		form := url.Values{}
		for name, value := range fields {
			form.Set(name, value)
		}
		body = []byte(form.Encode())
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.TokenURL.String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Content-Type", contentType)
	if u.Auth == "basic" {
		// RFC 6749, 2.3.1: form-encoded before Base64.
		request.SetBasicAuth(url.QueryEscape(u.ClientID), url.QueryEscape(secret))
	}
	return request, nil
}

// read takes the token out of an answer's body.
func (s *source) read(body []byte) (answer, bool) {
	var a answer
	if s.upstream.Kind == KindSu {
		// encoding/json matches keys in any case, which covers both spellings
		// of the envelope: success/data/message and Status/Data/Message.
		var envelope struct {
			Success, Status json.RawMessage
			Data            struct {
				Type     string          `json:"token_type"`
				Token    string          `json:"token"`
				ExpireIn json.RawMessage `json:"expire_in"`
			}
		}
		if json.Unmarshal(body, &envelope) != nil || saysNo(envelope.Success) || saysNo(envelope.Status) {
			return a, false
		}
		a = answer{Token: envelope.Data.Token, Type: envelope.Data.Type, ExpiresIn: envelope.Data.ExpireIn}
	} else {
		var grant struct {
			Token     string          `json:"access_token"`
			Type      string          `json:"token_type"`
			Scope     string          `json:"scope"`
			ExpiresIn json.RawMessage `json:"expires_in"`
		}
		if json.Unmarshal(body, &grant) != nil {
			return a, false
		}
		a = answer(grant)
	}
	return a, validHeaderValue(a.Token) && !strings.Contains(a.Token, " ") && len(a.Token) <= largestToken &&
		(a.Type == "" || strings.EqualFold(a.Type, "Bearer"))
}

func saysNo(raw json.RawMessage) bool {
	switch strings.ToLower(strings.Trim(string(raw), `"`)) {
	case "false", "fail", "failed", "failure", "error":
		return true
	}
	return false
}

// check refuses a token of the wrong environment, and sets its expiry: the
// earlier of what the answer says and what the token says.
func (s *source) check(a answer, start time.Time) (*oauth2.Token, error) {
	claims := readClaims(a.Token)
	environment := s.upstream.Environment
	wrong := environment != "" && claims.Test != nil && *claims.Test != (environment == Sandbox)
	if s.upstream.Kind == KindSu {
		wrong = !strings.HasPrefix(a.Token, environment+"_")
	}
	if wrong {
		return nil, refuse(http.StatusBadGateway, "wrong-environment",
			"the partner's token is not for %s: it is thrown away; check that URL, environment and secret belong together", environment)
	}

	expiry := start.Add(assumedLifetime)
	if len(a.ExpiresIn) > 0 && string(a.ExpiresIn) != "null" {
		seconds, ok := readSeconds(a.ExpiresIn)
		if !ok {
			return nil, refuse(http.StatusBadGateway, "token-refused", "the partner's token has an unreadable lifetime")
		}
		expiry = start.Add(time.Duration(min(seconds, longestLifetime.Seconds()) * float64(time.Second)))
	} else if !claims.Expiry.IsZero() {
		expiry = start.Add(longestLifetime)
	}
	if !claims.Expiry.IsZero() && claims.Expiry.Before(expiry) {
		expiry = claims.Expiry
	}
	if !expiry.After(start) {
		return nil, refuse(http.StatusBadGateway, "token-refused",
			"the partner's token is past its end by this server's clock: check the clock")
	}
	if len(claims.Scopes) == 0 {
		claims.Scopes = boundScopes(strings.Fields(a.Scope))
	}
	claims.Expiry = expiry
	token := &oauth2.Token{AccessToken: a.Token, TokenType: "Bearer", Expiry: expiry}
	return token.WithExtra(map[string]any{"claims": claims}), nil
}

func claimsOf(token *oauth2.Token) Claims {
	claims, _ := token.Extra("claims").(Claims)
	return claims
}

// unreachable describes a request without an answer. The cause is not
// repeated: it may hold a URL with a query.
func unreachable(err error, code, what string) *problem {
	var timeout interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timeout) && timeout.Timeout()) {
		return refuse(http.StatusGatewayTimeout, code, "%s did not answer in time", what)
	}
	return refuse(http.StatusBadGateway, code, "%s cannot be reached", what)
}

const longestRetryAfter = 5 * time.Minute

// retryAfter reads Retry-After (RFC 9110, 10.2.3), seconds or a date; 0 = none.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := header.Get("Retry-After")
	wait := time.Duration(0)
	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		wait = time.Duration(seconds) * time.Second
	} else if date, err := http.ParseTime(value); err == nil {
		wait = date.Sub(now)
	}
	return min(max(wait, 0), longestRetryAfter)
}
