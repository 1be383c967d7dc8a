module tscns

go 1.24.0
