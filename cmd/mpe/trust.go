package main

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"path/filepath"
	"strings"

	"mpe/compose/control"
	"mpe/keys"
)

// rootFiles are where systems keep the certificates that they trust: Debian, Fedora, SUSE, Alpine and macOS.
var rootFiles = [...]string{
	"/etc/ssl/certs/ca-certificates.crt",
	"/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
	"/etc/pki/tls/certs/ca-bundle.crt",
	"/etc/ssl/ca-bundle.pem",
	"/etc/ssl/cert.pem",
}

// trustPassword is that of the trust store, which is no secret. Java wants one.
const trustPassword = "changeit"

// trustFiles are what makes programs trust a CA besides those that they trust already, in a folder for the time of a
// command.
type trustFiles struct {
	folder string
	java   []string // options
}

// trust gives the variables by which programs find the files.
func (t *trustFiles) trust(a *app, authorities ...*x509.Certificate) ([]control.Variable, error) {
	own := keys.EncodeCertificates(authorities...)
	system := a.systemRoots()
	bundle, err := t.write("roots.pem", append(append(system, '\n'), own...))
	if err != nil {
		return nil, err
	}
	extra, _ := a.LookupEnv("NODE_EXTRA_CA_CERTS")
	node, err := t.write("extra.pem", append(append(readFile(extra), '\n'), own...))
	if err != nil {
		return nil, err
	}
	store, err := keys.TrustStore(trustPassword, append(certificates(system), authorities...)...)
	if err != nil {
		return nil, err
	}
	jks, err := t.write("trust.p12", store)
	if err != nil {
		return nil, err
	}
	t.java = append(t.java, "-Djavax.net.ssl.trustStore="+jks, "-Djavax.net.ssl.trustStoreType=PKCS12",
		"-Djavax.net.ssl.trustStorePassword="+trustPassword)
	return []control.Variable{
		{Name: "SSL_CERT_FILE", Value: bundle}, {Name: "REQUESTS_CA_BUNDLE", Value: bundle},
		{Name: "CURL_CA_BUNDLE", Value: bundle}, {Name: "NODE_EXTRA_CA_CERTS", Value: node},
	}, nil
}

// javaOptions are those that every JVM picks up, after the ones that were there.
func (t *trustFiles) javaOptions(a *app) control.Variable {
	before, _ := a.LookupEnv("JAVA_TOOL_OPTIONS")
	options := []string{}
	if before != "" {
		options = append(options, before)
	}
	for _, option := range t.java {
		if strings.ContainsAny(option, " \t") {
			option = `"` + option + `"`
		}
		options = append(options, option)
	}
	return control.Variable{Name: "JAVA_TOOL_OPTIONS", Value: strings.Join(options, " ")}
}

func (t *trustFiles) write(name string, data []byte) (string, error) {
	name = filepath.Join(t.folder, name)
	return name, os.WriteFile(name, data, 0o600)
}

// systemRoots are the certificates that programs trust here, in PEM; empty where they are not in a file, as on Windows.
func (a *app) systemRoots() []byte {
	files := rootFiles[:]
	if named, _ := a.LookupEnv("SSL_CERT_FILE"); named != "" {
		files = append([]string{named}, files...)
	}
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			return data
		}
	}
	return nil
}

// certificates are those in PEM that can be read; systems have some that Go refuses.
func certificates(data []byte) []*x509.Certificate {
	var all []*x509.Certificate
	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if c, err := x509.ParseCertificate(block.Bytes); err == nil {
			all = append(all, c)
		}
	}
	return all
}
