#include "handfast/serve_directory.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>

namespace handfast::tool {
namespace {

namespace fs = std::filesystem;

// A directory to serve, with everything around it that must stay out of reach.
class ServedDirectoryTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = (fs::temp_directory_path() / "handfast-serve-XXXXXX").string();
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    base_ = name;
    fs::create_directories(base_ / "root/sub/empty");
    fs::create_directories(base_ / "root/home");
    fs::create_directories(base_ / "outside");
    write("outside/secret", "secret");
    write("root/file.txt", "hello");
    write("root/.hidden", "x");
    write("root/sub/inner", "inner!");
    write("root/home/index.html", "<h1>");
    fs::create_symlink("../outside/secret", base_ / "root/leak");
    fs::create_symlink("../outside", base_ / "root/leakdir");
    fs::create_symlink(base_ / "outside/secret", base_ / "root/absolute");
    fs::create_symlink("sub/inner", base_ / "root/within");
    fs::create_symlink("self", base_ / "root/self");
    fs::create_symlink("/proc/self/root", base_ / "root/magic");
    ASSERT_EQ(::mkfifo((base_ / "root/fifo").c_str(), 0600), 0);
  }
  void TearDown() override { fs::remove_all(base_); }

  void write(const std::string& name, const std::string& text) { std::ofstream(base_ / name) << text; }
  ServedDirectory::Found look_up(const std::string& path, bool directory = false) {
    return ServedDirectory::open((base_ / "root").string())->look_up(path, directory);
  }
  int status(const std::string& path, bool directory = false) {
    const auto found = look_up(path, directory);
    const auto* refused = std::get_if<ServedDirectory::Refused>(&found);
    return refused != nullptr ? refused->status : 200;
  }

  fs::path base_;
};

TEST_F(ServedDirectoryTest, FindsFilesIndexesAndListings) {
  auto file = look_up("sub/inner");
  ASSERT_TRUE(std::holds_alternative<ServedDirectory::File>(file));
  EXPECT_EQ(std::get<ServedDirectory::File>(file).version.size, 6u);
  EXPECT_EQ(std::get<ServedDirectory::File>(file).name, "inner");
  auto index = look_up("home", true);
  ASSERT_TRUE(std::holds_alternative<ServedDirectory::File>(index));
  EXPECT_EQ(std::get<ServedDirectory::File>(index).name, "index.html");
  EXPECT_TRUE(std::holds_alternative<ServedDirectory::AddSlash>(look_up("sub")));
  auto root = look_up("", true);
  ASSERT_TRUE(std::holds_alternative<ServedDirectory::Listing>(root));
  std::vector<std::string> names;
  for (const ListedEntry& entry : std::get<ServedDirectory::Listing>(root).entries) names.push_back(entry.name);
  EXPECT_EQ(names, (std::vector<std::string>{"file.txt", "home", "sub"})) << "no hidden names, links or FIFOs";
}

TEST_F(ServedDirectoryTest, NothingOutsideCanBeReached) {
  for (const char* path : {"leak", "leakdir", "leakdir/secret", "absolute", "magic", "magic/etc/passwd",
                           "../outside/secret", "sub/../../outside/secret", "self"}) {
    EXPECT_EQ(status(path), 403) << path;
  }
  EXPECT_EQ(status("fifo"), 403);
  EXPECT_EQ(status("nothing"), 404);
  EXPECT_EQ(status("file.txt/more"), 404);
  EXPECT_EQ(status("file.txt", true), 404);
  EXPECT_EQ(status(std::string(5000, 'a')), 404);
  EXPECT_EQ(status("file.txt" + std::string(1, '\0') + "x"), 404);
  EXPECT_EQ(status("within"), 200) << "a link that stays inside is a file like others";
}

TEST_F(ServedDirectoryTest, TheWayForOldKernelsFollowsNoLink) {
  const drivers::FileDescriptor root(::open((base_ / "root").c_str(), O_RDONLY | O_DIRECTORY));
  const auto error = [&](const std::string& path) {
    const auto opened = open_beneath(root.get(), path, true);
    return opened ? 0 : opened.error();
  };
  EXPECT_EQ(error("sub/inner"), 0);
  EXPECT_EQ(error(""), 0);
  for (const char* path : {"leak", "absolute", "within", "self"}) EXPECT_EQ(error(path), ELOOP) << path;
  EXPECT_NE(error("leakdir/secret"), 0);
  EXPECT_EQ(error("../outside/secret"), EXDEV);
  EXPECT_EQ(error("sub/../../outside/secret"), EXDEV);
}

TEST_F(ServedDirectoryTest, SaysWhyThereIsNoDirectory) {
  const auto missing = ServedDirectory::open((base_ / "nothing").string());
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, kEnvironment);
  EXPECT_FALSE(ServedDirectory::open((base_ / "root/file.txt").string()));
}

}  // namespace
}  // namespace handfast::tool
