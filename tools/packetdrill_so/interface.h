#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/types.h>
#include <sys/uio.h>

// What packetdrill asks of a shared object (its option --so_filename): a table of functions, which
// packetdrill_interface_init fills. Each gets `userdata` first, and is otherwise the call of that name: -1 and errno
// where it fails. The order of the members is the interface; it was written down anew here.

extern "C" {

struct packetdrill_interface {
  void* userdata;
  void (*free)(void* userdata);
  int (*socket)(void* userdata, int family, int type, int protocol);
  int (*bind)(void* userdata, int descriptor, const sockaddr* address, socklen_t length);
  int (*listen)(void* userdata, int descriptor, int backlog);
  int (*accept)(void* userdata, int descriptor, sockaddr* address, socklen_t* length);
  int (*connect)(void* userdata, int descriptor, const sockaddr* address, socklen_t length);
  ssize_t (*read)(void* userdata, int descriptor, void* text, size_t size);
  ssize_t (*readv)(void* userdata, int descriptor, const iovec* parts, int count);
  ssize_t (*recv)(void* userdata, int descriptor, void* text, size_t size, int flags);
  ssize_t (*recvfrom)(void* userdata, int descriptor, void* text, size_t size, int flags, sockaddr* address,
                      socklen_t* length);
  ssize_t (*recvmsg)(void* userdata, int descriptor, msghdr* message, int flags);
  ssize_t (*write)(void* userdata, int descriptor, const void* text, size_t size);
  ssize_t (*writev)(void* userdata, int descriptor, const iovec* parts, int count);
  ssize_t (*send)(void* userdata, int descriptor, const void* text, size_t size, int flags);
  ssize_t (*sendto)(void* userdata, int descriptor, const void* text, size_t size, int flags, const sockaddr* address,
                    socklen_t length);
  ssize_t (*sendmsg)(void* userdata, int descriptor, const msghdr* message, int flags);
  int (*fcntl)(void* userdata, int descriptor, int command, ...);
  int (*ioctl)(void* userdata, int descriptor, unsigned long request, ...);
  int (*close)(void* userdata, int descriptor);
  int (*shutdown)(void* userdata, int descriptor, int how);
  int (*getsockopt)(void* userdata, int descriptor, int level, int name, void* value, socklen_t* length);
  int (*setsockopt)(void* userdata, int descriptor, int level, int name, const void* value, socklen_t length);
  int (*poll)(void* userdata, pollfd* entries, nfds_t count, int timeout_ms);
  /// One IP packet arrives.
  int (*netdev_send)(void* userdata, const void* packet, size_t size);
  /// The next IP packet that leaves: `size` is the room there is, and then how much of it was used; 0: there is none.
  int (*netdev_receive)(void* userdata, void* packet, size_t* size, long long* microseconds);
  int (*usleep)(void* userdata, useconds_t microseconds);
  int (*gettimeofday)(void* userdata, timeval* time, struct timezone* zone);
  int (*epoll_create)(void* userdata, int size);
  int (*epoll_ctl)(void* userdata, int instance, int operation, int descriptor, epoll_event* event);
  int (*epoll_wait)(void* userdata, int instance, epoll_event* events, int most, int timeout_ms);
  int (*pipe)(void* userdata, int descriptors[2]);
  int (*splice)(void* userdata, int from, loff_t* from_at, int to, loff_t* to_at, size_t size, unsigned flags);
};

/// `flags` is what --so_flags said, or null (options.h).
void packetdrill_interface_init(const char* flags, packetdrill_interface* table);

}  // extern "C"
