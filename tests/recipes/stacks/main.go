// An application with the recipe in it.
package main

import (
	"log"
	"net/http"

	"github.com/rs/cors"
)

func product(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("X-Total", "7")
	w.Write([]byte("{}"))
}

func private(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") == "" {
		http.Error(w, "{}", http.StatusUnauthorized)
		return
	}
	product(w, r)
}

func broken(w http.ResponseWriter, r *http.Request) {
	http.Error(w, "{}", http.StatusInternalServerError)
}

func main() {
	mux := http.NewServeMux()
	mux.HandleFunc("/api/products/1", product)
	mux.HandleFunc("/api/private", private)
	mux.HandleFunc("/api/broken", broken)

@@main@@
	log.Fatal(http.ListenAndServe("127.0.0.1:@@PORT@@", handler))
}
