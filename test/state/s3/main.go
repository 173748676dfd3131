// An S3 server in memory that checks signatures (version 4): `s3 <port> <access key> <secret key> <bucket>...`.
package main

import (
	"context"
	"log"
	"net/http"
	"os"

	"github.com/rclone/gofakes3"
	"github.com/rclone/gofakes3/s3mem"
)

func main() {
	port, access, secret, buckets := os.Args[1], os.Args[2], os.Args[3], os.Args[4:]
	backend := s3mem.New()
	for _, name := range buckets {
		if err := backend.CreateBucket(context.Background(), name); err != nil {
			log.Fatal(err)
		}
	}
	server := gofakes3.New(backend, gofakes3.WithV4Auth(map[string]string{access: secret}))
	log.Fatal(http.ListenAndServe("127.0.0.1:"+port, server.Server()))
}
