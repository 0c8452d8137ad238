package dev.capstan.local.audit;

/** The topics cannot be audited; the message says why. */
public final class AuditException extends RuntimeException {
    public AuditException(String message) {
        super(message);
    }
}
