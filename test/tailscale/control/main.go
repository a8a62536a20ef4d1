// Program control is the coordination server of a tailnet on the loopback interface: Tailscale's own one for tests, with a domain, so that
// devices get names and may ask for certificates. It lets every device in, and has a relay.
//
// Arguments: the address to listen at. It writes it to standard output once it does.
package main

import (
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"testing"

	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/logger"
)

// outside stands for the test that the relay wants to be part of.
type outside struct{ testing.TB }

func (outside) Helper()                           {}
func (outside) Cleanup(func())                    {}
func (outside) Logf(string, ...any)               {}
func (outside) Fatal(args ...any)                 { log.Fatal(args...) }
func (outside) Fatalf(format string, args ...any) { log.Fatalf(format, args...) }

func main() {
	listener, err := net.Listen("tcp", os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	control := &testcontrol.Server{
		DERPMap:         integration.RunDERPAndSTUN(outside{}, logger.Discard, "127.0.0.1"),
		ExplicitBaseURL: "http://" + listener.Addr().String(),
		MagicDNSDomain:  "tail1234.ts.net",
		DNSConfig:       &tailcfg.DNSConfig{},
	}
	fmt.Println(listener.Addr())
	log.Fatal(http.Serve(listener, control))
}
