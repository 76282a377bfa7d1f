package hijack

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"net"
	"strconv"
)

//go:embed node.cjs
var nodeScript []byte

// NodeScript makes a Node program reach the hosts when it is loaded before it (--require). Node's https and fetch take no
// notice of proxies: before version 22.21 they cannot be told to, and after that they have to be.
func (h *Hijack) NodeScript() ([]byte, error) {
	host, port, err := net.SplitHostPort(h.Direct)
	if err != nil {
		return nil, err
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, err
	}
	settings, err := json.Marshal(map[string]any{
		"hosts": h.tunnels.config.Hosts, "domains": domains, "environments": environments, "host": host, "port": number,
	})
	return bytes.Replace(nodeScript, []byte("SETTINGS"), settings, 1), err
}
