FROM rust:1-bookworm AS builder

WORKDIR /work
COPY . .
RUN cargo rustc --locked --profile dist --bin atlas-sandbox -- -C target-feature=+crt-static -C relocation-model=static

# One static binary and nothing else: no shell, no libraries. Time zones, root certificates,
# fixtures and pages are inside it.
FROM scratch

COPY --from=builder /work/target/dist/atlas-sandbox /atlas-sandbox

USER 65532:65532
ENV ATLAS_SANDBOX_LISTEN=0.0.0.0:8080
EXPOSE 8080

HEALTHCHECK --interval=1s --timeout=3s --start-period=10s --retries=5 \
    CMD ["/atlas-sandbox", "healthcheck"]

ENTRYPOINT ["/atlas-sandbox"]
CMD ["serve"]
