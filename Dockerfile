# One image for every service: the command chooses the main class. Build the distribution first (./capstan build),
# then: docker build -t capstan/capstan:0.1.0 .
ARG BASE_IMAGE=eclipse-temurin:17-jre
FROM ${BASE_IMAGE}

RUN useradd --uid 10001 --create-home --home-dir /home/capstan capstan \
    && mkdir -p /var/lib/capstan \
    && chown capstan:capstan /var/lib/capstan

COPY local-stack/target/dist/lib /opt/capstan/lib
COPY demo/base-model /opt/capstan/base-model

USER capstan
WORKDIR /var/lib/capstan
ENV DJL_CACHE_DIR=/var/lib/capstan/djl \
    OMP_WAIT_POLICY=passive \
    MALLOC_ARENA_MAX=2 \
    OPT_OUT_TRACKING=true \
    CAPSTAN_HEALTH_HOST=0.0.0.0 \
    CAPSTAN_HEALTH_PORT=8080

# CAPSTAN_LOG_LEVEL sets the level; another -Dlogback.configurationFile in the command wins.
ENTRYPOINT ["java", "-XX:+ExitOnOutOfMemoryError", "-Dlogback.configurationFile=dev/capstan/platform/logback-service.xml", "-cp", "/opt/capstan/lib/*"]
CMD ["dev.capstan.local.Main", "--help"]
