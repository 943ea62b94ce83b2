package main

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"os"
)

func show(writer http.ResponseWriter, request *http.Request) {
	zone := request.URL.Query().Get("zone")
	if zone == "" {
		zone = "Asia/Tokyo"
	}
	clock, err := noon(zone)
	if err != nil {
		http.Error(writer, "no such zone", http.StatusNotFound)
		return
	}
	json.NewEncoder(writer).Encode(map[string]string{"zone": zone, "clock": clock})
}

func trusts() bool {
	pool, err := x509.SystemCertPool()
	return err == nil && len(pool.Subjects()) > 0
}

func main() {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "--trust":
			fmt.Println("trusts:", trusts())
			return
		case "--zone":
			clock, err := noon(os.Args[2])
			if err != nil {
				log.Fatal(err)
			}
			fmt.Println(clock)
			return
		}
		log.Fatalf("unknown option %s", os.Args[1])
	}
	http.HandleFunc("/", show)
	log.Fatal(http.ListenAndServe(":8080", nil))
}
