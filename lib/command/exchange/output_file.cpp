#include "command/exchange/output_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "command/failure.h"

namespace vote::command {

OutputFile::OutputFile(const std::string& path) : path_(path), draft_(path + ".XXXXXX") {
  const int descriptor = ::mkostemp(draft_.data(), O_CLOEXEC);  // mode 0600
  if (descriptor < 0) fail();
  file_.reset(::fdopen(descriptor, "wb"));
  if (!file_) fail();
}

OutputFile::~OutputFile() {
  if (file_) ::unlink(draft_.c_str());
}

void OutputFile::write(std::string_view bytes) {
  if (std::fwrite(bytes.data(), 1, bytes.size(), file_.get()) != bytes.size()) fail();
}

void OutputFile::finish() {
  if (std::fflush(file_.get()) != 0 || ::fsync(::fileno(file_.get())) != 0) fail();
  if (::rename(draft_.c_str(), path_.c_str()) != 0) fail();
  file_.reset();
}

void OutputFile::fail() const {
  throw Failure(ExitCode::failed, "cannot write " + path_ + ": " + std::strerror(errno));
}

}  // namespace vote::command
