"""Who may include whom. Arrows go down only; a change of this table is a change of the design."""

import re

PURE_HEADERS = {"assert.h", "stdbool.h", "stddef.h", "stdint.h", "string.h"}
PURE_FOLDERS = ("orchestrator/core/", "orchestrator/policy/")

# Folder of the includer (longest match wins) → patterns of what it may include.
LAYERS = {
    "orchestrator/base/": ["orchestrator/base/"],
    "orchestrator/accounts/": ["orchestrator/accounts/", "orchestrator/base/"],
    "orchestrator/core/": ["orchestrator/core/"],
    "orchestrator/policy/": ["orchestrator/policy/", "orchestrator/core/"],
    "orchestrator/codec/": ["orchestrator/codec/", "orchestrator/core/", "orchestrator/base/"],
    "orchestrator/store/": ["orchestrator/store/", "orchestrator/codec/", "orchestrator/base/"],
    "orchestrator/transport/": ["orchestrator/transport/", "orchestrator/codec/",
                                "orchestrator/base/"],
    "orchestrator/egress/": ["orchestrator/egress/", "orchestrator/transport/",
                             "orchestrator/codec/",
                             r"orchestrator/core/(names|event|input|limits)\.h$",
                             "orchestrator/base/"],
    "orchestrator/catalog/": ["orchestrator/catalog/", "orchestrator/core/", "orchestrator/base/"],
    "orchestrator/engine/": ["orchestrator/engine/", "orchestrator/core/", "orchestrator/policy/",
                             "orchestrator/codec/", r"orchestrator/store/(store|backup)\.h$",
                             r"orchestrator/transport/transport\.h$",
                             r"orchestrator/catalog/catalog\.h$",
                             r"orchestrator/accounts/accounts\.h$", "orchestrator/base/"],
    "orchestrator/gateway/": ["orchestrator/gateway/",
                              r"orchestrator/engine/(inbox|snapshot|chore)\.h$",
                              r"orchestrator/store/backup\.h$",
                              r"orchestrator/core/(names|event|input|limits|definition)\.h$",
                              r"orchestrator/(accounts/accounts|catalog/catalog)\.h$",
                              "orchestrator/codec/", "orchestrator/base/"],
    "orchestrator/config/": ["orchestrator/config/", "orchestrator/catalog/",
                             r"orchestrator/accounts/accounts\.h$",
                             r"orchestrator/egress/egress_endpoint\.h$", "orchestrator/base/"],
    "orchestrator/world/": ["orchestrator/world/", "orchestrator/config/",
                            r"orchestrator/accounts/accounts\.h$", "orchestrator/base/"],
    "orchestrator/explore/": ["orchestrator/explore/", "orchestrator/core/", "orchestrator/base/"],
    "orchestrator/ctl/": ["orchestrator/ctl/", r"orchestrator/catalog/catalog\.h$",
                          r"orchestrator/explore/explore\.h$",
                          r"orchestrator/core/(names|event|input|limits|definition)\.h$",
                          "orchestrator/base/"],
    "orchestrator/": ["orchestrator/"],
    "participants/sdk/": ["participants/sdk/", r"orchestrator/(codec/wire|core/limits)\.h$",
                          r"orchestrator/transport/dialer\.h$", "orchestrator/base/"],
    "participants/": ["OWN", "participants/service/", "participants/sdk/", r"orchestrator/(codec/wire|core/limits)\.h$",
                      "orchestrator/base/"],
    "participants/conformance/": ["OWN", "participants/testkit/",
                                  r"orchestrator/transport/transport(_address)?\.h$",
                                  r"orchestrator/(codec/wire|core/limits)\.h$",
                                  "orchestrator/base/"],
    "client/": ["client/", r"orchestrator/(codec/wire|core/limits)\.h$",
                r"orchestrator/transport/dialer\.h$", "orchestrator/base/"],
}

# Vendor header → the only files of the product that may see it. Tests may see what they need.
VENDORS = [
    (r"sqlite3\.h$", r"orchestrator/store/store_sqlite\w*\.[ch]$|participants/"),
    (r"libpq-fe\.h$", r"orchestrator/store/store_postgres\w*\.[ch]$"),
    (r"microhttpd\.h$", r"orchestrator/gateway/http\w*\.[ch]$"),
    (r"\.pb-c\.h$|protobuf-c", r"orchestrator/codec/"),
    (r"yaml\.h$", r"orchestrator/catalog/yaml\w*\.[ch]$|orchestrator/config/|"
                 r"orchestrator/gateway/openapi_embed\.c$"),
    (r"curl/", r"orchestrator/ctl/|orchestrator/egress/egress_call\.h$"),
    (r"cmocka\.h$", r"(?!)"),
]


def layer_of(path):
    """The folder of the table that speaks for this file, or None."""
    fitting = [folder for folder in LAYERS if path.startswith(folder)]
    return max(fitting, key=len) if fitting else None


# The public headers of the two libraries: outsiders write #include "saga/participant.h".
PUBLIC_FOLDERS = ("participants/sdk/include", "participants/testkit/include", "client/include")


def may_include(path, included):
    """May this file of the product include that one?"""
    folder = layer_of(path)
    if folder is None:
        return True
    own = "/".join(path.split("/")[:2]) + "/"
    return any(re.match(own if allowed == "OWN" else allowed, included)
               for allowed in LAYERS[folder])
