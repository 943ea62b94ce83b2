exec server --key server.pem
