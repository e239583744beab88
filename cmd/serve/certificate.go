package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"fmt"
	"math/big"
	"net"
	"os"
	"sync"
	"time"
)

// selfSigned makes a certificate for the local names, and for more hosts. It
// and its key live in memory alone.
func selfSigned(hosts ...string) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "exactlogin serve"},
		NotBefore:    time.Now().Add(-time.Hour), // clocks differ
		NotAfter:     time.Now().Add(30 * 24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback},
	}
	for _, host := range hosts {
		if ip := net.ParseIP(host); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else if host != "" {
			template.DNSNames = append(template.DNSNames, host)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		return tls.Certificate{}, err
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, err
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

// loaded is a certificate from files, read again when they have changed: who
// renews it need not restart the server.
type loaded struct {
	certFile, keyFile string
	complain          func(error)

	mu      sync.Mutex
	changed [2]time.Time
	now     *tls.Certificate
}

func loadCertificate(certFile, keyFile string, complain func(error)) (*loaded, error) {
	l := &loaded{certFile: certFile, keyFile: keyFile, complain: complain}
	_, err := l.refresh()
	return l, err
}

// get is for tls.Config.
func (l *loaded) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	certificate, err := l.refresh()
	if err != nil && certificate != nil {
		l.complain(err)
		return certificate, nil // half of a renewal, perhaps
	}
	return certificate, err
}

func (l *loaded) refresh() (*tls.Certificate, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	var changed [2]time.Time
	for i, name := range []string{l.certFile, l.keyFile} {
		info, err := os.Stat(name)
		if err != nil {
			return l.now, fmt.Errorf("reading the certificate: %w", err)
		}
		changed[i] = info.ModTime()
	}
	if l.now != nil && changed == l.changed {
		return l.now, nil
	}
	l.changed = changed // complain once for each change
	certificate, err := tls.LoadX509KeyPair(l.certFile, l.keyFile)
	if err != nil {
		return l.now, fmt.Errorf("reading the certificate %s with the key %s: %w", l.certFile, l.keyFile, err)
	}
	l.now = &certificate
	return l.now, nil
}

// fingerprint names a certificate's key as browsers do where one can be
// trusted by hand: the SHA-256 of its public key's description, in base64.
func fingerprint(c tls.Certificate) string {
	sum := sha256.Sum256(c.Leaf.RawSubjectPublicKeyInfo)
	return base64.StdEncoding.EncodeToString(sum[:])
}
