{
  'targets': [
    {
      'target_name': 'posixpar',
      'sources': ['<!@(node scripts/build/native-config.mjs sources)'],
      'include_dirs': ['.'],
      'defines': [
        'NAPI_VERSION=8',
        'NODE_ADDON_API_DISABLE_DEPRECATED',
        'NODE_ADDON_API_DISABLE_CPP_EXCEPTIONS',
        '<!@(node scripts/build/native-config.mjs defines)',
      ],
      'libraries': ['<!@(node scripts/build/native-config.mjs libraries)'],
      # The core may catch what the standard library throws (an allocation that fails); nothing is thrown through Node-API.
      'cflags_cc!': ['-fno-exceptions', '-std=gnu++17', '-std=gnu++20'],
      'cflags!': ['-O2', '-O3'],
      'cflags_cc': [
        '-std=c++20',
        '-O3',
        '-fexceptions',
        '-fvisibility=hidden',
        '-fvisibility-inlines-hidden',
        '-ffunction-sections',
        '-fdata-sections',
        '-pthread',
        '-Wall',
        '-Wextra',
        '-Wpedantic',
        '-Wconversion',
        '-Wshadow',
        '-Werror',
        # Headers of others: as system headers, so that warnings are errors in our own code alone.
        '<!@(node scripts/build/native-config.mjs includes | sed "s/^/-isystem/")',
      ],
      'ldflags': [
        # The library installs a signal handler and owns threads: it must never be unmapped.
        '-Wl,-z,nodelete',
        # Node exports its own zlib and others; nothing of ours may bind to them, nor theirs to ours.
        '-Wl,--exclude-libs,ALL',
        '-Wl,--version-script=<(module_root_dir)/native/exports.map',
        '-Wl,--gc-sections',
        '-Wl,-z,relro,-z,now',
        '-static-libstdc++',
        '-static-libgcc',
        '-pthread',
      ],
    },
  ],
}
