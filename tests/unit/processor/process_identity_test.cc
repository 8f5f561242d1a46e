#include "processor/state/process_identity.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace tallymill::processor {
namespace {

class ProcessIdentityTest : public testing::Test {
 protected:
  ProcessIdentityTest() : directory_(testing::TempDir() + "identity-" + std::to_string(::getpid())) {}
  ~ProcessIdentityTest() override { std::filesystem::remove_all(directory_); }
  const std::string directory_;
};

TEST_F(ProcessIdentityTest, StaysTheSameOverRestarts) {
  std::string id;
  {
    const auto first = ProcessIdentity::acquire(directory_ + "/deep/er");
    ASSERT_TRUE(first) << first.error().message;
    id = first->id();
    EXPECT_EQ(id.size(), 32U);
  }
  const auto second = ProcessIdentity::acquire(directory_ + "/deep/er");
  ASSERT_TRUE(second);
  EXPECT_EQ(second->id(), id);
  const auto other = ProcessIdentity::acquire(directory_ + "/other");
  ASSERT_TRUE(other);
  EXPECT_NE(other->id(), id);
}

TEST_F(ProcessIdentityTest, IsHeldByOneAtATime) {
  const auto first = ProcessIdentity::acquire(directory_);
  ASSERT_TRUE(first);
  const auto second = ProcessIdentity::acquire(directory_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, topology::ErrorCode::state_in_use);
}

TEST_F(ProcessIdentityTest, ADirectoryThatCannotBeMadeIsAnError) {
  const auto identity = ProcessIdentity::acquire("/dev/null/state");
  ASSERT_FALSE(identity);
  EXPECT_EQ(identity.error().code, topology::ErrorCode::cannot_read);
}

}  // namespace
}  // namespace tallymill::processor
