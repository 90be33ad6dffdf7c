"""Numbers and names of the perf.data format.

References
----------
``tools/perf/Documentation/perf.data-file-format.txt`` and ``include/uapi/linux/perf_event.h`` of
Linux 6.1; perf_event_open(2).
"""

MAGIC = b"PERFILE2"
SWAPPED_MAGIC = b"2ELIFREP"
FILE_HEADER = 104
PIPE_HEADER = 16
RECORD_HEADER = 8

# Records of the kernel.
MMAP, LOST, COMM, EXIT, THROTTLE, FORK, SAMPLE, MMAP2, LOST_SAMPLES = 1, 2, 3, 4, 5, 7, 9, 10, 13
KSYMBOL = 17
# Records of perf itself.
USER_RECORDS = 64
HEADER_ATTR, TRACING_DATA, BUILD_ID, AUXTRACE = 64, 66, 67, 71
EVENT_UPDATE, FEATURE, COMPRESSED, COMPRESSED2 = 78, 80, 81, 83

# Bits of sample_type.
IP, TID, TIME, ADDR, READ, CALLCHAIN, ID, CPU = 1, 2, 4, 8, 16, 32, 64, 128
PERIOD, STREAM_ID, STACK_USER, IDENTIFIER = 256, 512, 1 << 13, 1 << 16

# Bits of read_format.
TIME_ENABLED, TIME_RUNNING, READ_ID, GROUP, READ_LOST = 1, 2, 4, 8, 16

# Bits of a record's misc.
CPU_MODE = 7
KERNEL_MODE, USER_MODE = 1, 2
MAPS_DATA, FORK_EXEC, MAPS_BUILD_ID = 1 << 13, 1 << 13, 1 << 14
BUILD_ID_SIZED = 1 << 15

# What a KSYMBOL record's flags and an EVENT_UPDATE record's type say.
SYMBOL_GONE = 1
UPDATED_NAME = 2

# Words in a call chain that say in what mode the following addresses are.
CONTEXT_MAX = -4095
CONTEXT_KERNEL, CONTEXT_USER = -128, -512
CONTEXT_HYPERVISOR = -32

# Numbers of the sections behind the data.
FEATURE_BUILD_ID, FEATURE_CMDLINE, FEATURE_EVENT_DESC, FEATURE_COMPRESSED = 2, 11, 12, 27
FEATURE_NRCPUS, FEATURE_STAT, FEATURE_DIRECTORY = 7, 19, 24
FEATURE_TEXTS = {
    3: "hostname",
    4: "os release",
    5: "perf version",
    6: "arch",
    8: "cpudesc",
    9: "cpuid",
}
