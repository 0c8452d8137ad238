package dev.capstan.console.web;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Properties;

/** The files of the page, all in this process: nothing is fetched from elsewhere. */
final class PageFiles {
    private static final String OWN = "/dev/capstan/console/page/";
    private static final String CHARTS = "/META-INF/maven/org.webjars.npm/uplot/pom.properties";
    private static final String SCRIPT = "text/javascript; charset=utf-8";
    private static final String STYLE = "text/css; charset=utf-8";
    private static final String PAGE = "text/html; charset=utf-8";

    /** One file as it is sent. */
    static final class PageFile {
        private final String type;
        private final byte[] bytes;

        PageFile(String type, byte[] bytes) {
            this.type = type;
            this.bytes = bytes;
        }

        String type() {
            return type;
        }

        InputStream open() {
            return new ByteArrayInputStream(bytes);
        }
    }

    private PageFiles() {}

    /** By path. */
    static Map<String, PageFile> load() {
        Map<String, PageFile> files = new LinkedHashMap<>();
        files.put("/", new PageFile(PAGE, bytes(OWN + "index.html")));
        files.put("/login", new PageFile(PAGE, bytes(OWN + "login.html")));
        files.put("/console.css", new PageFile(STYLE, bytes(OWN + "console.css")));
        files.put("/console.js", new PageFile(SCRIPT, bytes(OWN + "console.js")));
        files.put("/icon.svg", new PageFile("image/svg+xml", bytes(OWN + "icon.svg")));
        String charts = "/META-INF/resources/webjars/uplot/" + chartsVersion() + "/dist/";
        files.put("/uplot.js", new PageFile(SCRIPT, bytes(charts + "uPlot.iife.min.js")));
        files.put("/uplot.css", new PageFile(STYLE, bytes(charts + "uPlot.min.css")));
        return files;
    }

    private static String chartsVersion() {
        Properties properties = new Properties();
        try (InputStream input = open(CHARTS)) {
            properties.load(input);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return properties.getProperty("version");
    }

    private static byte[] bytes(String name) {
        try (InputStream input = open(name)) {
            return input.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static InputStream open(String name) {
        InputStream input = PageFiles.class.getResourceAsStream(name);
        if (input == null) {
            throw new IllegalStateException("the console was built without " + name);
        }
        return input;
    }
}
