package dev.capstan.platform;

import ch.qos.logback.classic.ClassicConstants;
import ch.qos.logback.classic.Level;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** How a service's process logs: with {@value #CONFIGURATION}, unless whoever starts it chose otherwise. */
final class ServiceLogging {
    /** Logback's configuration of services, on the class path. */
    static final String CONFIGURATION = "dev/capstan/platform/logback-service.xml";

    private static final String LEVEL = "CAPSTAN_LOG_LEVEL";

    private ServiceLogging() {}

    /**
     * Chooses the configuration where there is neither {@code -Dlogback.configurationFile} nor a {@code logback.xml} on the
     * class path: without any, logback would log at DEBUG. Logback reads the choice at the first logger, so this comes before.
     */
    static void chooseUnlessChosen() {
        ClassLoader loader = ServiceLogging.class.getClassLoader();
        boolean chosen = System.getProperty(ClassicConstants.CONFIG_FILE_PROPERTY) != null
                || Stream.of(ClassicConstants.TEST_AUTOCONFIG_FILE, ClassicConstants.AUTOCONFIG_FILE)
                        .anyMatch(name -> loader.getResource(name) != null);
        if (!chosen) {
            System.setProperty(ClassicConstants.CONFIG_FILE_PROPERTY, CONFIGURATION);
        }
    }

    /**
     * Refuses a level that logback would take for DEBUG without a word.
     *
     * @throws InvalidConfigurationException if {@code CAPSTAN_LOG_LEVEL} is no level
     */
    static void requireLevel(Map<String, String> environment) {
        String level = environment.get(LEVEL);
        if (level != null && Level.toLevel(level, null) == null) {
            throw new InvalidConfigurationException(List.of(
                    LEVEL + " is \"" + level + "\": give ERROR, WARN, INFO, DEBUG or TRACE, or leave it out for INFO"));
        }
    }
}
