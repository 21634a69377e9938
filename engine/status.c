// Texts of the status codes, and the one function that fills a fault record.
// Any thread; nothing here allocates or keeps state.
#include "engine/fault.h" // fault_set, aeo_status, aeo_fault

#include <stdarg.h>
#include <stdio.h>

// No default: the compiler then complains when a code without a text is added.
const char *aeo_status_text(enum aeo_status status) {
    switch (status) {
    case AEO_OK: return "ok";
    case AEO_ERR_ARGUMENT: return "bad argument";
    case AEO_ERR_VALUE: return "bad value";
    case AEO_ERR_MEMORY: return "out of memory";
    case AEO_ERR_FULL: return "full";
    case AEO_ERR_SCENE: return "bad scene";
    case AEO_ERR_ADDRESS: return "bad address";
    case AEO_ERR_FORMAT: return "bad format";
    case AEO_ERR_RENDERER: return "renderer not available";
    case AEO_ERR_LOST: return "renderer lost";
    case AEO_ERR_IO: return "input or output failed";
    case AEO_ERR_STATE: return "not allowed now";
    case AEO_STATUS_COUNT: break;
    }
    return "unknown status";
}

enum aeo_status fault_set(aeo_fault *fault, enum aeo_status status, const char *field,
                          const char *format, ...) {
    if (!fault) return status;
    fault->status = status;
    snprintf(fault->field, sizeof fault->field, "%s", field ? field : "");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(fault->message, sizeof fault->message, format, arguments);
    va_end(arguments);
    return status;
}
